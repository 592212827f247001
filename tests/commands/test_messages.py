"""Messages of other libraries in one line."""

from lit_sentiment.commands.messages import one_line


def test_exceptions_are_read_too():
    assert one_line(ValueError("one\n\n  two")) == "one; two"


def test_long_message_is_cut():
    assert one_line("x" * 400 + "\n" + "y" * 400) == "x" * 400 + "; " + "y" * 98
