"""Messages of the option parser in one line."""

from lit_sentiment.commands.messages import one_line

MESSAGE = """Parser key "model":
  Does not validate against any of the Union subtypes
  Subtypes: [<class 'int'>, <class 'NoneType'>]
  Errors:
    - Expected a <class 'int'>
    - Expected a <class 'NoneType'>
  Given value type: <class 'str'>
  Given value: x"""


def test_message_is_one_line_of_what_helps():
    assert one_line(MESSAGE) == "--model: Expected a <class 'int'>; Given value: x"


def test_short_message_stays():
    assert one_line("unrecognized arguments: --nope") == "unrecognized arguments: --nope"


def test_exceptions_are_read_too():
    assert one_line(ValueError("one\n\n  two")) == "one; two"


def test_long_message_is_cut():
    assert one_line("x" * 400 + "\n" + "y" * 400) == "x" * 400 + "; " + "y" * 98
