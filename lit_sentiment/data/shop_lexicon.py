"""The words and sentence patterns of the shop reviews; how they are put together is in `shop_corpus`.

Alternatives stand from common to rare: the generator prefers the front of every tuple, so word frequencies fall off
much as they do in natural text.

A pattern names another entry of `PATTERNS` in braces. `own_` and `other_` stand for `good_` or `bad_`, so a pattern
such as "{other_minor}, but {own_main}" serves both sides. Other slots are filled in

- from the reviewed product, with number agreement: `product`, `this`, `it`, `them`, `is`, `was`, `has`, `does`,
  `a_product`, `s` (the ending of the verb);
- from one of its parts: `part`, `part_is`, `part_was`;
- from its category: `good_trait`, `bad_trait`, `good_event`, `bad_event`;
- by invention: `brand`, `surname` (of people and villages), `model`, `order`, `number`, `small_number`, `price`.
"""

from typing import NamedTuple


class Category(NamedTuple):
    """Products that share their parts and what people praise or blame in them. A final "s" marks a plural."""

    products: tuple[str, ...]
    parts: tuple[str, ...]
    good_traits: tuple[str, ...]
    bad_traits: tuple[str, ...]
    good_events: tuple[str, ...]
    """Verb phrases in the past tense, which fit "it" and "they" alike."""
    bad_events: tuple[str, ...]


CATEGORIES: tuple[Category, ...] = (
    Category(
        ("kettle", "toaster", "coffee machine", "blender", "air fryer", "rice cooker", "espresso maker", "waffle iron"),
        ("lid", "handle", "spout", "switch", "base", "cord", "filter", "timer", "basket", "drip tray", "jug", "dial"),
        ("quick", "sturdy", "easy to clean", "quiet", "well made", "compact", "elegant", "hard-wearing"),
        ("noisy", "flimsy", "slow", "hard to clean", "leaky", "wobbly", "cheap looking", "rickety"),
        ("boiled water in two minutes", "made perfect coffee", "heated up in no time", "cleaned up in seconds"),
        ("leaked all over the counter", "burnt everything", "tripped the fuse", "smelled of burning plastic"),
    ),
    Category(
        ("headphones", "speaker", "earbuds", "soundbar", "microphone", "radio", "turntable", "headset"),
        ("sound", "bass", "battery", "volume", "cable", "ear cushions", "bluetooth", "charging case", "treble", "mic"),
        ("clear", "comfortable", "loud", "crisp", "rich", "light", "balanced", "velvety"),
        ("tinny", "muffled", "uncomfortable", "crackly", "distorted", "quiet", "scratchy", "boomy"),
        ("paired at once", "held a charge all week", "made my music come alive", "blocked out the whole office"),
        ("kept cutting out", "stopped charging", "lost the connection every minute", "hissed all the time"),
    ),
    Category(
        ("shoes", "boots", "trainers", "sandals", "slippers", "hiking boots", "wellingtons", "loafers"),
        ("soles", "laces", "heel", "fit", "leather", "stitching", "lining", "tongue", "insoles", "grip", "eyelets"),
        ("comfortable", "warm", "true to size", "well made", "waterproof", "soft", "supportive", "featherlight"),
        ("tight", "stiff", "narrow", "slippery", "painful", "cheaply made", "clammy", "misshapen"),
        ("fitted perfectly", "kept my feet dry", "felt like home at once", "looked great with everything"),
        ("fell apart", "gave me blisters", "split at the seams", "let the rain in", "squeaked with every step"),
    ),
    Category(
        ("backpack", "suitcase", "handbag", "wallet", "laptop bag", "holdall", "purse", "rucksack"),
        ("zip", "strap", "straps", "pockets", "lining", "wheels", "buckle", "handle", "clasp", "seams", "zipper"),
        ("roomy", "sturdy", "light", "stylish", "practical", "well made", "durable", "capacious"),
        ("flimsy", "tiny", "heavy", "badly sewn", "cheap looking", "uncomfortable", "stiff", "shapeless"),
        ("held everything I own", "survived three flights", "kept my laptop safe", "got me many compliments"),
        ("tore", "ripped", "came apart", "lost a wheel at the airport", "frayed badly"),
    ),
    Category(
        ("phone", "tablet", "laptop", "smartwatch", "camera", "monitor", "e-reader", "dashcam"),
        (
            "screen",
            "battery",
            "battery life",
            "camera",
            "speaker",
            "software",
            "buttons",
            "display",
            "touchpad",
            "menu",
        ),
        ("fast", "sharp", "bright", "easy to use", "reliable", "responsive", "smooth", "intuitive"),
        ("slow", "dim", "laggy", "blurry", "unreliable", "confusing", "buggy", "sluggish"),
        ("worked straight out of the box", "lasted all day", "took stunning pictures", "set itself up"),
        ("froze constantly", "died", "refused to turn on", "crashed every hour", "overheated", "kept rebooting"),
    ),
    Category(
        ("charger", "cable", "power bank", "keyboard", "mouse", "phone case", "usb hub", "router", "webcam"),
        (
            "plug",
            "connector",
            "light",
            "cable",
            "buttons",
            "casing",
            "keys",
            "cord",
            "ports",
            "scroll wheel",
            "coating",
        ),
        ("fast", "solid", "compact", "reliable", "handy", "durable", "sleek", "foolproof"),
        ("loose", "flimsy", "unreliable", "hot", "slow", "cheap", "fiddly", "temperamental"),
        ("charged my phone in an hour", "worked with everything", "just worked", "fitted like a glove"),
        ("stopped working", "got dangerously hot", "quit", "sparked", "snapped in two", "never worked properly"),
    ),
    Category(
        ("jacket", "coat", "jeans", "sweater", "dress", "shirt", "hoodie", "gloves", "scarf", "raincoat"),
        ("fabric", "fit", "colour", "sleeves", "zip", "buttons", "material", "collar", "hood", "stitching", "cuffs"),
        ("soft", "warm", "flattering", "true to size", "comfortable", "well made", "cosy", "snug"),
        ("itchy", "thin", "scratchy", "tight", "see-through", "badly cut", "baggy", "shoddy"),
        ("fitted like a dream", "washed well", "kept me warm all winter", "looked even better in person"),
        ("shrank in the wash", "faded", "ripped", "lost all its colour", "unravelled", "fell apart at the seams"),
    ),
    Category(
        ("mattress", "pillow", "duvet", "blanket", "curtains", "rug", "towels", "lamp", "quilt"),
        ("material", "colour", "stitching", "filling", "cover", "size", "texture", "edges", "pattern", "hem", "shade"),
        ("soft", "cosy", "comfortable", "thick", "warm", "pretty", "fluffy", "plush"),
        ("lumpy", "thin", "scratchy", "hard", "smelly", "ugly", "saggy", "threadbare"),
        ("gave me the best sleep in years", "brightened up the room", "washed beautifully", "kept us warm"),
        ("went flat", "smelled of chemicals", "gave me a sore neck", "shed fluff everywhere", "tore in the wash"),
    ),
    Category(
        ("vacuum cleaner", "iron", "fan", "heater", "dehumidifier", "steam mop", "washing machine", "air purifier"),
        ("motor", "hose", "filter", "cord", "dust bin", "nozzle", "suction", "brush", "wheels", "controls", "plug"),
        ("powerful", "quiet", "light", "easy to use", "effective", "sturdy", "efficient", "nimble"),
        ("weak", "noisy", "heavy", "clumsy", "useless", "loud", "cumbersome", "feeble"),
        ("picked up all the dog hair", "did the job quickly", "saved me hours", "left the floor spotless"),
        ("broke down", "lost suction", "started smoking", "rattled like mad", "blew up", "scratched the floor"),
    ),
    Category(
        ("frying pan", "saucepan", "knife", "lunch box", "water bottle", "mug", "baking tray", "flask", "teapot"),
        ("handle", "lid", "coating", "blade", "seal", "rim", "base", "edge", "finish", "weight", "spout"),
        ("sharp", "sturdy", "well made", "easy to clean", "non-stick", "solid", "handy", "robust"),
        ("blunt", "flimsy", "leaky", "thin", "sticky", "rusty", "unbalanced", "brittle"),
        ("cleaned easily", "kept my coffee hot for hours", "cooked evenly", "went through the dishwasher fine"),
        ("rusted", "leaked in my bag", "cracked", "warped on the hob", "chipped", "peeled in the wash"),
    ),
    Category(
        (
            "drill",
            "screwdriver",
            "lawn mower",
            "torch",
            "ladder",
            "hose",
            "hedge trimmer",
            "tool box",
            "pressure washer",
        ),
        ("grip", "battery", "trigger", "chuck", "blade", "switch", "motor", "casing", "steps", "nozzle", "hinges"),
        ("powerful", "sturdy", "easy to handle", "bright", "reliable", "solid", "rugged", "bombproof"),
        ("weak", "heavy", "awkward", "flimsy", "unsafe", "dim", "wobbly", "underpowered"),
        ("made light work of the job", "cut the grass in half the time", "went through brick like butter"),
        ("jammed", "broke", "seized up", "bent", "ran out of power in minutes", "leaked oil"),
    ),
    Category(
        ("toy", "puzzle", "board game", "doll", "train set", "scooter", "building kit", "remote control car", "teddy"),
        ("pieces", "wheels", "colours", "paint", "instructions", "batteries", "box", "eyes", "handlebar", "cards"),
        ("fun", "colourful", "sturdy", "cute", "safe", "educational", "adorable", "ingenious"),
        ("boring", "flimsy", "sharp", "cheap", "dangerous", "ugly", "fiddly", "tacky"),
        ("kept the kids busy for hours", "made my son smile", "was played with every day", "survived two toddlers"),
        ("broke straight away", "came with missing pieces", "lost its paint", "was no fun"),
    ),
    Category(
        ("shampoo", "face cream", "hair dryer", "razor", "perfume", "toothbrush", "sunscreen", "lipstick", "soap"),
        ("smell", "scent", "bottle", "texture", "cap", "pump", "packaging", "colour", "ingredients", "foam", "handle"),
        ("gentle", "fresh", "soft", "pleasant", "effective", "creamy", "soothing", "fragrant"),
        ("greasy", "sticky", "harsh", "smelly", "watery", "weak", "pungent", "chalky"),
        ("left my skin soft", "made my hair shine", "lasted for months", "worked after a few days"),
        ("gave me a rash", "irritated my skin", "dried out my hair", "leaked in the box", "did nothing"),
    ),
    Category(
        ("chair", "desk", "bookcase", "sofa", "shelf", "wardrobe", "office chair", "stool", "coffee table"),
        ("legs", "screws", "instructions", "seat", "cushion", "drawers", "finish", "wood", "armrests", "back", "holes"),
        ("sturdy", "comfortable", "easy to assemble", "stylish", "solid", "handsome", "spacious", "ergonomic"),
        ("wobbly", "uncomfortable", "hard to assemble", "ugly", "rickety", "flimsy", "lopsided", "splintery"),
        ("went together in ten minutes", "looked gorgeous in the hall", "saved my back", "held all my books"),
        ("collapsed", "arrived with missing screws", "scratched the floor", "wobbled all the time", "chipped"),
    ),
    Category(
        ("tent", "sleeping bag", "bike", "yoga mat", "umbrella", "fishing rod", "helmet", "treadmill", "dumbbells"),
        (
            "poles",
            "zip",
            "seams",
            "grip",
            "saddle",
            "strap",
            "handle",
            "material",
            "brakes",
            "frame",
            "pegs",
            "padding",
        ),
        ("light", "sturdy", "waterproof", "comfortable", "easy to set up", "roomy", "durable", "nifty"),
        ("flimsy", "heavy", "leaky", "slippery", "awkward", "wobbly", "impractical", "shoddy"),
        ("kept us dry all night", "stood up to a storm", "folded away in seconds", "made every trip a pleasure"),
        ("snapped", "leaked", "broke", "let us down in the rain", "ripped in the wind", "came loose"),
    ),
    Category(
        ("dog bed", "cat tree", "litter tray", "dog lead", "bird feeder", "aquarium", "pet carrier", "cat food"),
        ("cover", "clip", "base", "filling", "door", "smell", "size", "stitching", "rope", "latch", "pump"),
        ("sturdy", "soft", "easy to clean", "safe", "roomy", "chew-proof", "well designed", "snug"),
        ("flimsy", "smelly", "tiny", "unstable", "unsafe", "messy", "useless", "wonky"),
        ("won over our fussy cat", "calmed the dog down", "cleaned up nicely", "was a hit with the puppy"),
        ("fell over", "was chewed to bits", "made the dog sick", "came unstuck", "rusted outside"),
    ),
)

COLOURS = (
    "black", "white", "blue", "red", "grey", "green", "pink", "silver", "brown", "navy", "purple", "yellow", "beige",
    "cream", "turquoise", "teal", "burgundy", "maroon", "mustard", "lilac", "copper", "khaki", "coral", "charcoal",
    "lavender", "crimson", "peach", "magenta", "sage", "cobalt",
)  # fmt: skip
RELATIONS = (
    "wife", "husband", "son", "daughter", "mum", "sister", "mother", "brother", "dad", "girlfriend", "boyfriend",
    "friend", "nephew", "niece", "grandson", "father", "partner", "neighbour", "granddaughter", "boss", "flatmate",
    "grandmother", "aunt", "colleague", "uncle", "mother-in-law", "cousin", "godson", "landlord", "fiancée", "stepson",
)  # fmt: skip
NAMES = (
    "Anna", "Tom", "Emma", "Jack", "Sarah", "Ben", "Lucy", "Dave", "Maria", "Sam", "Kate", "Paul", "Nina", "Peter",
    "Ruth", "Omar", "Julia", "Mike", "Priya", "Leo", "Helen", "Marco", "Grace", "Ivan", "Chloe", "Steve", "Aisha",
    "Felix", "Nora", "Hugo", "Wendy", "Carlos", "Ingrid", "Dylan", "Yuki", "Martha", "Kofi", "Elsie", "Rajesh", "Beth",
    "Milo", "Farah", "Gavin", "Tessa", "Luca", "Amir", "Doris", "Callum", "Petra", "Ned", "Sofia", "Barry", "Mei",
    "Angus", "Colette", "Theo", "Hannah", "Rolf", "Bridget", "Dmitri", "Olive", "Kwame", "Sheila", "Tariq", "Noreen",
    "Otis", "Paloma", "Quentin", "Rhona", "Stefan", "Tilda", "Ursula", "Victor", "Winnie", "Xenia", "Yvonne", "Zack",
    "Alba", "Bruno", "Cedric", "Delia", "Edgar", "Fiona", "Gordon", "Hattie", "Imogen", "Jasper", "Kirsty", "Lionel",
    "Mabel", "Nigel", "Ottilie", "Phoebe", "Rufus", "Saskia", "Trevor", "Una", "Vera", "Wilf", "Zara",
)  # fmt: skip
TOWNS = (
    "London", "Leeds", "Bristol", "Chicago", "Dublin", "Austin", "Glasgow", "Boston", "Perth", "York", "Denver",
    "Cardiff", "Oxford", "Seattle", "Belfast", "Toronto", "Norwich", "Galway", "Tucson", "Exeter", "Durham", "Sydney",
    "Bath", "Portland", "Cork", "Derby", "Ottawa", "Hull", "Lincoln", "Inverness", "Reno", "Swansea", "Auckland",
    "Truro", "Boise", "Dundee", "Ipswich", "Halifax", "Wigan", "Omaha", "Lancaster", "Whitby", "Kendal", "Hobart",
    "Tampa", "Stirling", "Buxton", "Ludlow", "Penzance", "Duluth", "Sligo", "Matlock", "Oban", "Yuma", "Hexham",
    "Darwin", "Alloa", "Thurso", "Keswick", "Fargo",
)  # fmt: skip
HOBBIES = (
    "work", "school", "travel", "camping", "cooking", "running", "gardening", "the gym", "hiking", "fishing",
    "cycling", "baking", "photography", "yoga", "gaming", "my commute", "painting", "dancing", "knitting",
    "choir practice", "birdwatching", "pottery", "sailing", "chess club", "rowing", "skiing", "archery", "beekeeping",
    "stargazing", "caving", "karate", "woodwork", "calligraphy", "surfing", "morris dancing", "geocaching", "falconry",
    "taxidermy", "bell ringing", "origami", "whittling", "fencing", "curling", "genealogy", "upholstery", "juggling",
    "parkour", "bookbinding", "foraging", "orienteering",
)  # fmt: skip
OCCASIONS = (
    "christmas", "her birthday", "his birthday", "our holiday", "the summer", "the new house", "a wedding",
    "my birthday", "the winter", "university", "our anniversary", "black friday", "easter", "the baby shower",
    "mother's day", "a festival", "father's day", "graduation", "halloween", "a road trip", "the caravan",
    "retirement", "hanukkah", "diwali", "a christening", "the regatta", "bonfire night", "a stag do", "thanksgiving",
    "the village fete", "a housewarming", "the pantomime", "eid", "a quiz night",
)  # fmt: skip
PLACES = (
    "kitchen", "office", "bedroom", "garden", "garage", "car", "living room", "bathroom", "hall", "flat", "shed",
    "attic", "conservatory", "boat", "caravan", "workshop", "cellar", "nursery", "greenhouse", "utility room",
    "dormitory", "porch", "allotment", "pantry", "barn", "studio", "lighthouse", "treehouse",
)  # fmt: skip

BRAND_STARTS = (
    "Vel", "Nor", "Tek", "Lum", "Kor", "Bren", "Zan", "Mar", "Sol", "Pol", "Ryn", "Fen", "Dax", "Quil", "Har", "Jov",
    "Cas", "Wex", "Tri", "Gal",
)  # fmt: skip
SURNAME_STARTS = (
    "Ash", "Brad", "Whit", "Har", "Lang", "Stan", "Mil", "Thorn", "Wal", "Black", "Cran", "Old", "Elm", "Hart", "Bar",
    "Cal", "Dun", "Holl", "Nor", "Pem", "Rad", "Sher", "Wex", "Kil", "Mar", "Win", "Pen", "Ack", "Gos", "Ux",
)  # fmt: skip
SURNAME_ENDS = (
    "ton", "ley", "ford", "well", "worth", "field", "wood", "ham", "bury", "man", "by", "combe", "wick", "shaw",
    "stead", "don", "mere", "thorpe", "beck", "croft",
)  # fmt: skip
BRAND_ENDS = (
    "tora", "dex", "vani", "kin", "lux", "mark", "ona", "wick", "ello", "tron", "by", "sten", "ari", "zo", "ford",
    "ique", "mont", "pex", "una", "holm",
)  # fmt: skip

PATTERNS: dict[str, tuple[str, ...]] = {
    # Words for how good or bad something is, from common to rare.
    "good_word": (
        "great", "good", "excellent", "perfect", "very good", "lovely", "fantastic", "really nice", "amazing",
        "wonderful", "really good", "superb", "brilliant", "not bad at all", "nice", "so {good_grade}", "awesome",
        "beautiful", "fine", "outstanding", "decent", "{very} {good_grade}", "spot on", "impressive",
        "better than expected", "pretty good", "top quality", "first class", "a joy to use", "incredible",
        "anything but {bad_grade}", "terrific", "gorgeous", "not {bad_grade} in the slightest", "flawless",
        "worth every penny", "top notch", "hard to fault", "a delight", "exceptional", "marvellous", "splendid",
        "a real gem", "faultless", "second to none", "stellar", "phenomenal", "delightful", "nothing short of superb",
        "exquisite", "magnificent", "sublime", "immaculate", "a godsend", "exemplary", "unbeatable", "impeccable",
        "sensational", "ace", "peerless", "ravishing", "stupendous", "a triumph", "the bee's knees", "tip top",
        "a marvel", "unrivalled", "cracking", "heavenly", "glorious", "swell", "dandy",
    ),
    "bad_word": (
        "terrible", "poor", "awful", "bad", "very poor", "horrible", "useless", "really bad", "disappointing", "cheap",
        "very bad", "dreadful", "not good", "rubbish", "so {bad_grade}", "a joke", "mediocre", "not great",
        "worthless", "{very} {bad_grade}", "faulty", "so-so at best", "defective", "not very good",
        "worse than expected", "garbage", "a waste of money", "junk", "pathetic", "anything but {good_grade}", "lousy",
        "nothing special", "shoddy", "not {good_grade} at all", "unacceptable", "a disaster", "below average", "crap",
        "appalling", "far from perfect", "hopeless", "a disgrace", "not fit for purpose", "abysmal", "laughable",
        "atrocious", "nothing like the picture", "substandard", "second rate", "hideous", "woeful", "a nightmare",
        "third rate", "shocking", "dire", "a letdown", "abominable", "subpar", "underwhelming", "a travesty",
        "lamentable", "deplorable", "dismal", "execrable", "naff", "ghastly", "a fiasco", "wretched", "dud",
        "a shambles", "grim", "cruddy",
    ),
    "good_grade": (
        "good", "nice", "impressive", "pretty", "reliable", "pleasant", "helpful", "useful", "clever", "fine",
        "satisfying", "charming", "thoughtful", "refined", "polished", "classy", "dependable",
    ),
    "bad_grade": (
        "bad", "poor", "disappointing", "annoying", "unreliable", "ugly", "frustrating", "nasty", "cheap", "silly",
        "irritating", "unpleasant", "clunky", "crude", "careless", "tawdry", "grotty",
    ),
    "very": (
        "very", "really", "so", "extremely", "quite", "incredibly", "pretty", "super", "surprisingly", "truly",
        "absolutely", "rather", "remarkably", "unbelievably", "seriously", "genuinely", "exceedingly",
    ),
    "good_feeling": (
        "happy", "very happy", "pleased", "really pleased", "delighted", "impressed", "so happy", "satisfied",
        "very impressed", "thrilled", "over the moon", "chuffed", "in love", "relieved", "overjoyed", "smitten",
    ),
    "bad_feeling": (
        "disappointed", "very disappointed", "unhappy", "angry", "so disappointed", "not happy", "annoyed", "upset",
        "fed up", "furious", "frustrated", "not impressed", "gutted", "disgusted", "livid", "sorry",
    ),
    # Traits of the category, said straight or by denying the opposite.
    "good_quality": (
        "{good_trait}", "{very} {good_trait}", "{good_word}", "{good_trait} and {good_trait}", "{good_word}",
        "not {bad_trait} at all", "{good_word} and {good_trait}", "never {bad_trait}", "far from {bad_trait}",
        "not too {bad_trait}", "neither {bad_trait} nor {bad_trait}", "just the right size",
    ),
    "bad_quality": (
        "{bad_trait}", "{very} {bad_trait}", "{bad_word}", "{bad_trait} and {bad_trait}", "too {bad_trait}",
        "{bad_word}", "not {good_trait} at all", "far too {bad_trait}", "not very {good_trait}",
        "anything but {good_trait}", "{bad_word} and {bad_trait}", "neither {good_trait} nor {good_trait}",
        "hardly {good_trait}", "too big", "too small",
    ),
    "good_part": (
        "{good_word}", "well made", "just right", "{very} {good_grade}", "better than I expected", "well designed",
        "not {bad_grade} at all", "a nice touch", "{good_word}", "very well done", "a strong point", "as it should be",
        "{good_grade} enough", "far from {bad_grade}", "built to last", "the best part of {them}",
    ),
    "bad_part": (
        "{bad_word}", "badly made", "all wrong", "{very} {bad_grade}", "worse than I expected", "badly designed",
        "not {good_grade} at all", "a weak point", "{bad_word}", "falling apart", "an afterthought", "broken already",
        "not {good_grade} enough", "far from {good_grade}", "the worst part of {them}", "loose", "cheap and nasty",
    ),
    # Clauses, the bricks of contrast; they stand in the middle of a sentence. A main one is about the whole product.
    "good_clause": (
        "{good_main}", "{good_minor}",
    ),
    "bad_clause": (
        "{bad_main}", "{bad_minor}",
    ),
    "good_main": (
        "{it} {is} {good_quality}", "I love {them}", "{it} work{s} {good_manner}", "{it} {good_event}",
        "the quality is {good_word}", "{it} {is} {good_word}", "{it} feel{s} {good_quality}", "I am {good_feeling}",
        "I like {them} a lot", "{it} {is} still like new after {time}", "{it} never let me down", "{it} did the job",
        "I would buy {them} again", "{it} {has} been {good_word} for {hobby}", "{it} {is} worth the money",
        "{it} {is} just right for {hobby}", "{it} won me over", "I wouldn't call {them} {bad_trait}",
        "nothing beats {them}",
    ),
    "bad_main": (
        "{it} {is} {bad_quality}", "after {time} {it} {bad_event}", "the {part} broke after {time}",
        "{it} {does} not work", "{it} {bad_event}", "{it} {is} {bad_word}", "the quality is {bad_word}",
        "I hate {them}", "{it} feel{s} {bad_quality}", "{it} broke", "I am {bad_feeling}", "{it} stopped working",
        "{it} fell apart", "{it} work{s} {bad_manner}", "I had to return {them}", "{it} {is} useless for {hobby}",
        "I don't like {them} at all", "{it} {is} not worth the money", "{it} ended up in the bin", "{it} let me down",
        "I wouldn't call {them} {good_trait}", "the {part} fell off within {time}",
    ),
    "good_minor": (
        "the {part} {part_is} {good_part}", "{it} look{s} {good_word}", "delivery was {good_delivery}",
        "I like the {part}", "the price was {good_price}", "I love the {part}", "it arrived on time",
        "customer service {good_service}", "the colour is {good_word}", "the {part} {part_is} {good_word}",
        "{it} seemed {good_trait}", "the idea is {good_word}", "I have no complaints about the {part}",
        "the {part} {part_is} nothing to complain about", "the pictures looked {good_word}",
    ),
    "bad_minor": (
        "the {part} {part_is} {bad_part}", "{it} {is} a bit {bad_trait}", "delivery was {bad_delivery}",
        "I don't like the {part}", "the price was {bad_price}", "I hate the {part}", "it arrived late",
        "customer service {bad_service}", "the colour is {bad_word}", "the {part} {part_is} {bad_word}",
        "{it} seemed {bad_trait}", "the {part} could be better", "the {part} {part_was} missing",
        "the {part} {part_is} nothing to write home about", "the pictures looked {bad_word}",
    ),
    "good_manner": (
        "perfectly", "great", "well", "very well", "beautifully", "like a charm", "flawlessly", "as it should",
        "without any problems", "like a dream", "every time", "as advertised", "a treat", "seamlessly", "wonders",
    ),
    "bad_manner": (
        "badly", "only half the time", "poorly", "very badly", "when it feels like it", "for about five minutes",
        "worse every day", "not at all", "terribly", "once in a blue moon", "erratically",
    ),
    "good_price": (
        "great", "fair", "low", "unbeatable", "right", "very good", "a bargain", "a steal", "more than fair", "modest",
    ),
    "bad_price": (
        "too high", "a joke", "ridiculous", "far too high", "outrageous", "a rip-off", "steep", "daylight robbery",
    ),
    "good_delivery": (
        "fast", "quick", "very fast", "on time", "a day early", "prompt", "super quick", "speedy", "lightning fast",
    ),
    "bad_delivery": (
        "slow", "late", "very slow", "two weeks late", "a nightmare", "delayed again and again", "a mess", "sluggish",
    ),
    "good_service": (
        "was helpful", "was great", "replaced it at once", "was very friendly", "answered within an hour",
        "solved my problem right away", "sent a new one the next day", "went out of their way to help",
        "was a pleasure",
    ),
    "bad_service": (
        "never answered", "was rude", "was useless", "did not help", "ignored my emails", "was terrible",
        "refused to help", "hung up on me", "kept passing me around", "never called back", "fobbed me off",
    ),
    # Whole sentences that pass judgement.
    "good_verdict": (
        "I love {this}", "{this} {is} {good_word}", "I am {good_feeling} with {this}", "{good_word} {thing}",
        "love {them}", "{it} work{s} {good_manner}", "my {relation} loves {them}", "{this} {is} {very} {good_grade}",
        "great quality", "my {relation} was {good_feeling}", "{good_word}", "not a single problem in {time}",
        "{good_trait} {product}", "I highly recommend {this}", "{good_feeling} with {them}", "I really like {this}",
        "best {thing} I have ever had", "absolutely love {them}", "excellent {thing}", "{good_word} quality",
        "exactly what I needed", "one of the best things I have bought", "I can't fault {this}",
        "I can't live without {them} now", "this is the best {product} I have owned", "what a {good_word} {thing}",
        "I couldn't be happier with {this}", "{it} {is} everything I hoped for", "money well spent",
        "a {good_word} present for my {relation}", "good value for money",
        "I use {them} every day and still love {them}", "I never knew {a_product} could be this {good_grade}",
        "I am in love with {this}", "{brand} got it right", "we adore {them}", "hats off to {brand}", "full marks",
        "I have nothing bad to say about {this}",
    ),
    "bad_verdict": (
        "I hate {this}", "{this} {is} {bad_word}", "I am {bad_feeling} with {this}", "{bad_word} {thing}",
        "waste of money", "after {time} {it} {bad_event}", "{this} {is} {very} {bad_grade}", "very poor quality",
        "do not waste your money", "{bad_word}", "{bad_trait} {product}", "I do not recommend {this}",
        "{bad_feeling} with {them}", "I really don't like {this}", "worst {thing} I have ever had",
        "I regret buying {this}", "{bad_word} quality", "my {relation} hates {them}", "{it} never worked",
        "complete waste of time and money", "I want my money back", "not worth the money",
        "this is the worst {product} I have owned", "what a {bad_word} {thing}",
        "I couldn't be more disappointed with {this}", "{it} {is} nothing like the description",
        "money down the drain", "my {relation} was {bad_feeling}", "{it} broke within {time}", "I am so {bad_feeling}",
        "{it} went straight in the bin", "I have nothing good to say about {this}", "save your money",
        "I expected more from {brand}", "I feel cheated", "shame on {brand}", "I wish I had never bought {them}",
        "{it} broke right away", "{it} {does} not work at all", "I loathe {them}", "not what I ordered",
    ),
    "good_opinion": (
        "the {part} {part_is} {good_part}", "{it} {is} {good_quality}",
        "the {part} {part_is} {good_part} and {good_clause}", "{good_quality}, and {good_clause}", "{it} {good_event}",
        "I love how {good_trait} {it} {is}", "I love the {part}", "{it} feel{s} {good_quality}",
        "{good_clause} and {good_clause}", "{very} {good_trait}", "{it} look{s} {good_word}",
        "the {part} {part_is} so {good_grade}", "{good_trait}, {good_trait} and {good_word}",
        "and the {part} {part_is} {good_word} too", "after {time} {it} still work{s} {good_manner}",
        "{it} {has} been {good_word} for {hobby}", "everyone asks me where I got {them}",
        "I wouldn't change a thing about the {part}", "you can tell that somebody thought about the {part}",
        "even the {part} {part_is} {good_word}", "I thought {it} would be {bad_trait} and I was wrong",
        "{good_trait} without being {bad_trait}",
    ),
    "bad_opinion": (
        "the {part} {part_is} {bad_part}", "{it} {is} {bad_quality}",
        "the {part} {part_is} {bad_part} and {bad_clause}", "the {part} broke after {time}", "{it} {bad_event}",
        "I hate how {bad_trait} {it} {is}", "after {time} {it} {bad_event}", "{it} feel{s} {bad_quality}",
        "{bad_clause} and {bad_clause}", "the {part} {part_was} broken when {it} arrived", "{it} look{s} {bad_word}",
        "the {part} {part_is} so {bad_grade}", "{bad_quality}, and {bad_clause}", "{very} {bad_trait}",
        "{bad_trait}, {bad_trait} and {bad_word}", "and the {part} {part_is} {bad_word} too",
        "the {part} fell off within {time}", "{it} {is} useless for {hobby}", "cheap plastic everywhere",
        "everyone laughed when they saw {it}", "the {part} arrived cracked", "nobody can have tested the {part}",
        "even the {part} {part_is} {bad_word}", "I had to fix the {part} with tape",
        "I thought {it} would be {good_trait}, no chance", "if only {it} {was} {good_trait}",
    ),
    "good_service_sentence": (
        "delivery was {good_delivery}", "fast delivery", "arrived on time", "customer service {good_service}",
        "the price was {good_price}", "arrived {good_delivery} and well packed", "the seller {good_service}",
        "great price", "good value at ${price}", "came in perfect condition", "fast shipping and {good_word} service",
        "cheaper than in the shops and just as {good_grade}",
        "I had a question and {name} from customer service {good_service}", "the courier was lovely",
        "no problems with delivery",
    ),
    "bad_service_sentence": (
        "delivery was {bad_delivery}", "customer service {bad_service}", "the seller {bad_service}",
        "I asked for a refund and heard nothing", "arrived late and damaged", "still waiting for my refund",
        "the price was {bad_price}", "I am sending {them} back",
        "I emailed them {small_number} times and got no reply", "it arrived broken", "overpriced at ${price}",
        "it never arrived", "nobody answers the phone", "the parcel was left in the rain",
        "returned {them} the next day", "they sent the wrong colour", "had to pay for the return myself",
        "{name} from customer service {bad_service}", "way too expensive", "I got a used one",
        "they refuse to give me a refund", "do not trust this seller",
    ),
    "good_comparison": (
        "much better than my old one", "{it} {is} far better than my old {product}",
        "my last {product} {bad_event}, {this} never did", "I returned the {brand} one and kept {this}",
        "better than the {brand} I had before", "beats the expensive ones",
        "I tried {small_number} others and {this} {is} the only {good_trait} one",
        "the old one was {bad_trait}, {this} {is} {good_trait}",
        "after a {bad_word} {brand} {product} {this} {is} a relief",
        "my old {product} was {bad_word} compared to {this}",
        "unlike the {brand}, which was {bad_trait}, {it} {is} {good_trait}",
    ),
    "bad_comparison": (
        "my old one was much better", "{it} {is} far worse than my old {product}",
        "my last {product} lasted ten years, {this} {bad_event}", "I went back to my old {brand}",
        "worse than the {brand} I had before", "even the cheap ones are better",
        "I tried {small_number} others and {this} {is} the only {bad_trait} one",
        "the old one was {good_trait}, {this} {is} {bad_trait}",
        "after a {good_word} {brand} {product} {this} {is} a letdown",
        "my old {product} was {good_word} compared to {this}",
        "unlike the {brand}, which was {good_trait}, {it} {is} {bad_trait}", "the ones from the pound shop are better",
    ),
    "good_irony": (
        "my only problem is that my {relation} keeps stealing {them}", "warning: you will want a second one",
        "I hate to admit it, but {brand} got everything right", "I tried hard to find a fault and could not",
        "I wanted to hate {them} and now I can't stop using {them}", "too bad I didn't buy {them} years ago",
        "no more excuses for {hobby} now", "terrible for my wallet, I just ordered another",
    ),
    "bad_irony": (
        "great, another {product} that {bad_event} after {time}", "wonderful, {it} {bad_event} on the first day",
        "well done {brand}", "perfect if you enjoy returning things", "excellent paperweight",
        "lovely box, shame about what is in it", "lasted all of {time}, what a success",
        "great idea if only {it} worked", "nice if you like {bad_trait} things",
        "congratulations {brand}, you made {a_product} that {is} {bad_trait}", "fantastic, now I own two broken ones",
        "brilliant, the {part} broke before {name} even got to see {them}", "the best thing about {them} is the box",
    ),
    "good_closing": (
        "highly recommended", "would buy again", "I would recommend {them} to anyone", "{good_feeling}", "buy {them}",
        "thank you", "recommended", "I recommend {them}", "well worth the money", "you won't regret it",
        "will buy from them again", "great buy", "would definitely buy again",
        "I will order another for my {relation}", "thanks {brand}", "five out of five", "go for it", "don't hesitate",
        "no regrets", "already bought a second one", "I can only recommend {them}", "my {relation} wants one too",
        "what are you waiting for", "don't listen to the bad reviews", "buy with confidence", "ten out of ten",
        "keep it up {brand}", "never going back", "10 / 10",
    ),
    "bad_closing": (
        "do not buy", "would not recommend", "don't buy {this}", "{bad_feeling}", "avoid",
        "I would not recommend {them} to anyone", "not recommended", "never again", "I want a refund",
        "waste of money", "you will regret it", "stay away", "buy something else", "will not buy from them again",
        "look elsewhere", "I will never order from {brand} again", "one out of five", "don't bother",
        "it went back the same day", "big mistake", "keep your money", "I can't recommend {them}",
        "thanks for nothing {brand}", "lesson learned", "don't believe the good reviews", "zero stars if I could",
        "steer clear", "shame", "0 / 10", "in the bin",
    ),
    # Both sides in one sentence or two; the writer's own side has the last or the main word.
    "contrast": (
        "{other_minor}, but {own_main}", "{other_minor} but {own_main}", "although {other_minor}, {own_main}",
        "{own_main}, even though {other_minor}", "{other_minor}. still, {own_main}",
        "yes, {other_minor}, but {own_main}", "{own_main}, {other_minor} though", "{other_minor}. however, {own_main}",
        "the box was {box_state}, but {own_main}", "I expected {them} to be {other_trait}, but {own_main}",
        "I was told that {it} {was} {other_quality}, but {own_main}", "{own_main}, so who cares that {other_minor}",
        "{other_minor}, yet {own_main}", "at first {it} seemed {other_trait}, then {own_main}",
        "despite what others say about the {part}, {own_main}",
        "{other_minor}, in the end {own_main} and that is what counts",
        "others say {it} {is} {other_trait}. not mine: {own_main}",
    ),
    "turn": (
        "but {own_main}", "however, {own_main}", "but {own_verdict}", "still, {own_verdict}",
        "all in all {own_verdict}", "but overall {this} {is} {own_word}", "in the end {own_main}",
        "even so, {own_main}", "that said, {own_verdict}", "but on the whole I am {own_feeling}",
        "all things considered, {own_word}", "yet {own_main}",
    ),
    "aside": (
        "only the {part} {part_is} {other_part}", "{other_minor} though", "the box was {box_state}",
        "I admit that {other_minor}", "the {part} {part_is} {other_part} though",
        "some people say {it} {is} {other_quality}", "delivery was {other_delivery} though",
        "fair enough, {other_minor}", "granted, {other_minor}", "you may hear that {it} {is} {other_quality}",
    ),
    "box_state": (
        "dented", "huge", "open", "fine", "damaged", "soaked", "torn", "squashed", "beautiful", "enormous",
    ),
    # Sentences and phrases without a stance.
    "context": (
        "I bought {this} for my {relation}", "bought {them} for {hobby}", "I have had {this} for {time}",
        "I use {them} for {hobby}", "got {this} for {occasion}", "I ordered {a_product} in {colour}",
        "this was a present for {name}", "I needed {a_product} for {occasion}", "my {relation} needed {a_product}",
        "I paid ${price} for {them}", "we keep {them} in the {place}", "used {them} for {time} now",
        "ordered the {brand} {model} for {occasion}", "{name} {surname} in {town} has the same one",
        "order {order} from {town}", "my {relation} in {town} has the same one",
        "we took {them} to {town} for {occasion}", "{name} {surname} told me about {brand}",
        "we live near {surname} and ordered online", "I was looking for {a_product} for {hobby}",
        "this is the {model}, not the {model}", "my neighbour {name} {surname} has the {brand} {model}",
        "I picked the {colour} one, {name} the {colour} one", "this is my {ordinal} order from {brand}",
        "I do a lot of {hobby} with {name}", "my friend {name} from {town} wanted something for {hobby}",
        "I am {number} years old and into {hobby}", "my {relation} has the {brand} {model} in the {place}",
        "{name} and {name} use {them} for {hobby} in {town}",
        "I spent {number} minutes in the queue with {name}, who is into {hobby}",
        "the old {brand} {model} went to {name} in {town}",
    ),
    "filler": (
        "to be honest", "honestly", "in my opinion", "for me", "I must say", "so far", "as a {hobby} person",
        "I think", "believe me", "as my {relation} says", "for the record", "let me tell you", "after {time}",
        "frankly", "mind you", "as {name} put it", "speaking as someone from {town}", "truth be told",
    ),
    "thing": (
        "{product}", "{product}", "{brand} {product}", "little {product}", "{colour} {product}", "product",
        "{product} for {hobby}", "{product} ({model})",
    ),
    "time": (
        "a week", "two days", "a month", "{small_number} weeks", "a few days", "{small_number} months", "a day",
        "two weeks", "one use", "a year", "{small_number} days", "an hour", "a couple of months", "half a year",
        "{number} days", "one night", "a fortnight",
    ),
    "ordinal": (
        "second", "first", "third", "fourth", "fifth", "sixth", "umpteenth",
    ),
    "colour": COLOURS,
    "relation": RELATIONS,
    "name": NAMES,
    "town": TOWNS,
    "hobby": HOBBIES,
    "occasion": OCCASIONS,
    "place": PLACES,
}  # fmt: skip

SHAPES: tuple[tuple[int, tuple[str, ...]], ...] = (
    # (how often, the sentences in order): short and plain first, mixed and roundabout last.
    (7, ("own_verdict", "own_closing")),
    (3, ("own_verdict",)),
    (4, ("own_opinion", "own_closing")),
    (5, ("own_verdict", "own_service_sentence")),
    (4, ("own_clause", "own_opinion")),
    (4, ("context", "own_verdict", "own_opinion")),
    (9, ("context", "own_opinion", "own_opinion", "own_closing")),
    (8, ("own_verdict", "context", "own_opinion", "own_closing")),
    (6, ("own_verdict", "context", "own_opinion", "own_service_sentence")),
    (7, ("context", "own_verdict", "own_comparison", "own_opinion")),
    (6, ("context", "own_irony", "own_opinion", "own_verdict")),
    (5, ("context", "contrast", "own_closing")),
    (3, ("contrast", "context", "own_verdict")),
    (3, ("context", "contrast", "own_service_sentence")),
    (4, ("context", "other_minor", "turn", "own_closing")),
    (3, ("other_minor", "turn", "context", "own_opinion")),
    (3, ("own_opinion", "own_verdict", "aside", "context")),
    (3, ("context", "own_comparison", "aside", "own_opinion")),
    (2, ("context", "other_service_sentence", "turn", "own_opinion")),
    (2, ("own_irony", "aside", "own_closing")),
)
