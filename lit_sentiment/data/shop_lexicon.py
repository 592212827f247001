"""The words and sentence patterns of the shop reviews; how they are put together is in `shop_corpus`.

Alternatives stand from common to rare: the generator prefers the front of every tuple, so word frequencies fall off
much as they do in natural text.

A pattern names another entry of `PATTERNS` in braces. `own_` and `other_` stand for `good_` or `bad_`, so a pattern
such as "{other_minor}, but {own_main}" serves both sides. Other slots are filled in

- from the reviewed product, with number agreement: `product`, `this`, `it`, `them`, `is`, `was`, `has`, `does`,
  `a_product`, `what_a`, `one` ("pair" after a plural), `s` (the ending of the verb);
- from one of its parts or aspects: `part`, `part_is`, `part_was`, `aspect`, `aspect_is`;
- from its category: `use`, `good_trait`, `bad_trait`, `good_event`, `bad_event`, `work`, `broke`;
- by invention: `brand`, `surname` (of people and villages), `model`, `order`, `number`, `small_number`, `price`.
"""

from typing import NamedTuple


class Category(NamedTuple):
    """Products that share their parts, uses, and what people praise or blame in them. A final "s" marks a plural."""

    products: tuple[str, ...]
    parts: tuple[str, ...]
    """What can come off or be badly made."""
    aspects: tuple[str, ...]
    """What can be good or bad, but not break."""
    uses: tuple[str, ...]
    """These follow "for"."""
    good_traits: tuple[str, ...]
    bad_traits: tuple[str, ...]
    good_events: tuple[str, ...]
    """Verb phrases in the past tense, which fit "it" and "they" alike."""
    bad_events: tuple[str, ...]
    work: str = "work"
    """What the products do if all is well."""
    broke: str = "broke"
    """What their parts did if not."""


CATEGORIES: tuple[Category, ...] = (
    Category(
        ("kettle", "toaster", "coffee machine", "air fryer", "rice cooker", "espresso maker", "waffle iron"),
        ("handle", "switch", "base", "cord", "timer", "plug", "buttons", "dial", "casing"),
        ("design", "size", "finish", "shape", "noise level"),
        ("breakfast", "brunch", "family meals", "Sunday mornings", "late suppers", "dinner parties"),
        ("quick", "sturdy", "easy to clean", "quiet", "well made", "compact", "elegant", "hard-wearing"),
        ("noisy", "flimsy", "slow", "hard to clean", "leaky", "wobbly", "cheap looking", "rickety"),
        ("heated up in no time", "made breakfast a pleasure", "cleaned up in seconds", "survived daily use"),
        ("stopped working", "broke", "tripped the fuse", "smelled of burning plastic", "scorched the counter"),
    ),
    Category(
        ("headphones", "speaker", "earbuds", "soundbar", "radio", "headset", "sound system"),
        ("cable", "buttons", "charging port", "volume control", "casing", "plug", "mic"),
        ("sound", "bass", "volume", "treble", "battery life", "connection"),
        ("music", "podcasts", "audiobooks", "video calls", "gaming", "films", "radio plays"),
        ("clear", "loud", "crisp", "rich", "light", "balanced", "punchy", "velvety"),
        ("tinny", "muffled", "crackly", "distorted", "quiet", "scratchy", "boomy", "muddy"),
        ("paired at once", "held a charge all week", "made my music come alive", "sounded great from the start"),
        ("stopped working", "kept cutting out", "broke", "lost the connection every minute", "hissed all the time"),
    ),
    Category(
        ("shoes", "boots", "trainers", "hiking boots", "running shoes", "ankle boots", "winter boots"),
        ("soles", "laces", "heels", "insoles", "seams", "eyelets", "stitching"),
        ("fit", "grip", "leather", "lining", "cushioning", "shape", "colour"),
        ("walking", "long walks", "the school run", "everyday wear", "rainy days", "walking the dog"),
        ("comfortable", "warm", "true to size", "well made", "waterproof", "soft", "supportive", "featherlight"),
        ("tight", "stiff", "narrow", "slippery", "painful", "uncomfortable", "clammy", "misshapen"),
        ("fitted perfectly", "kept my feet dry", "felt like home at once", "looked great with everything"),
        ("fell apart", "gave me blisters", "split at the seams", "let the rain in", "squeaked with every step"),
        "fit",
        "came apart",
    ),
    Category(
        ("backpack", "suitcase", "handbag", "laptop bag", "holdall", "rucksack", "satchel"),
        ("zip", "straps", "lining", "pockets", "handle", "seams", "clasp", "buckle", "stitching"),
        ("size", "material", "colour", "design", "shape", "leather"),
        ("travel", "work", "weekend trips", "business trips", "commuting", "short flights"),
        ("roomy", "sturdy", "light", "stylish", "practical", "well made", "durable", "capacious"),
        ("flimsy", "tiny", "heavy", "scruffy", "cheap looking", "uncomfortable", "stiff", "shapeless"),
        ("held everything I own", "survived three flights", "kept my laptop safe", "got me many compliments"),
        ("tore", "ripped", "fell apart", "let the rain in", "frayed badly"),
        broke="came apart",
    ),
    Category(
        ("phone", "tablet", "laptop", "smartwatch", "camera", "dashcam"),
        ("screen", "battery", "buttons", "charging port", "casing", "speaker", "touchscreen"),
        ("display", "battery life", "software", "menu", "resolution", "instructions"),
        ("work", "travel", "everyday use", "holidays", "long trips", "beginners"),
        ("fast", "sharp", "bright", "easy to use", "reliable", "responsive", "smooth", "intuitive"),
        ("slow", "dim", "laggy", "blurry", "unreliable", "confusing", "buggy", "sluggish"),
        ("worked straight out of the box", "lasted all day", "started up in seconds", "set itself up"),
        ("stopped working", "froze constantly", "died", "refused to turn on", "crashed every hour", "kept rebooting"),
    ),
    Category(
        ("charger", "cable", "power bank", "keyboard", "mouse", "USB hub", "router", "webcam"),
        ("plug", "connector", "cable", "light", "casing", "port", "rubber feet"),
        ("design", "size", "connection", "finish", "speed", "colour"),
        ("work", "the home office", "my laptop", "video calls", "online lessons", "my old computer"),
        ("fast", "solid", "compact", "reliable", "handy", "durable", "sleek", "foolproof"),
        ("loose", "flimsy", "unreliable", "hot", "slow", "cheap", "fiddly", "temperamental"),
        ("connected at once", "worked with everything", "just worked", "saved me on a deadline"),
        ("stopped working", "broke", "got dangerously hot", "sparked", "snapped in two", "died"),
    ),
    Category(
        ("jacket", "coat", "jeans", "dress", "shirt", "hoodie", "trousers", "raincoat", "cardigan"),
        ("zip", "buttons", "pockets", "seams", "stitching", "hem", "lining"),
        ("fabric", "fit", "colour", "material", "cut", "length", "style"),
        ("work", "everyday wear", "cold days", "evenings out", "weekends", "parties"),
        ("soft", "warm", "flattering", "true to size", "comfortable", "well made", "cosy", "snug"),
        ("itchy", "thin", "scratchy", "tight", "see-through", "shapeless", "baggy", "shoddy"),
        ("fitted like a dream", "washed well", "kept me warm all winter", "looked even better in person"),
        ("shrank in the wash", "faded", "ripped", "lost all colour", "unravelled", "fell apart at the seams"),
        "fit",
        "came apart",
    ),
    Category(
        ("gloves", "mittens", "ski gloves", "leather gloves", "cycling gloves", "socks"),
        ("seams", "cuffs", "tips", "stitching", "lining", "label"),
        ("fit", "material", "colour", "thickness", "wool", "feel"),
        ("winter walks", "cold mornings", "cycling", "skiing", "walking the dog", "snowy days"),
        ("warm", "soft", "thick", "comfortable", "true to size", "well made", "snug", "cosy"),
        ("thin", "itchy", "tight", "scratchy", "baggy", "stiff", "clammy", "threadbare"),
        ("kept the cold out", "fitted perfectly", "washed well", "survived two winters"),
        ("fell apart", "shrank in the wash", "ripped", "unravelled", "let the rain in"),
        "fit",
        "came apart",
    ),
    Category(
        ("duvet", "pillow", "blanket", "quilt", "mattress topper", "bedspread", "bed sheets"),
        ("seams", "cover", "corners", "stitching", "edges", "hem"),
        ("material", "colour", "texture", "size", "thickness", "pattern", "filling"),
        ("winter nights", "the guest room", "summer nights", "the spare bed", "naps", "the sofa bed"),
        ("soft", "cosy", "comfortable", "thick", "warm", "pretty", "fluffy", "plush"),
        ("lumpy", "thin", "scratchy", "hard", "smelly", "ugly", "saggy", "threadbare"),
        ("gave me the best sleep in years", "brightened up the room", "stayed fluffy", "kept us warm"),
        ("fell apart", "smelled of chemicals", "gave me a sore neck", "shed fluff everywhere", "tore in the wash"),
        "fit",
        "came apart",
    ),
    Category(
        ("vacuum cleaner", "cordless vacuum", "carpet cleaner", "steam mop", "hand vacuum"),
        ("motor", "filter", "nozzle", "brush", "handle", "cord", "plug"),
        ("power", "weight", "suction", "noise level", "design"),
        ("carpets", "wooden floors", "the stairs", "the car", "pet hair", "big rooms"),
        ("powerful", "quiet", "light", "easy to use", "effective", "sturdy", "efficient", "nimble"),
        ("weak", "noisy", "heavy", "clumsy", "useless", "loud", "cumbersome", "feeble"),
        ("picked up all the dog hair", "did the job quickly", "saved me hours", "left the floor spotless"),
        ("stopped working", "broke down", "started smoking", "rattled like mad", "blew up", "scratched the floor"),
    ),
    Category(
        ("heater", "fan", "dehumidifier", "air purifier", "air conditioner", "fan heater"),
        ("motor", "switch", "plug", "cord", "base", "remote control", "timer"),
        ("power", "noise level", "design", "size", "instructions"),
        ("the bedroom", "the living room", "the baby's room", "small offices", "damp rooms", "big rooms"),
        ("powerful", "quiet", "effective", "efficient", "easy to use", "compact", "silent", "stylish"),
        ("noisy", "weak", "loud", "useless", "feeble", "bulky", "expensive to run", "rickety"),
        ("ran quietly all night", "made the room pleasant at once", "cut my bills", "switched itself off"),
        ("stopped working", "broke", "rattled like mad", "blew a fuse", "buzzed all night", "started smoking"),
    ),
    Category(
        ("frying pan", "saucepan", "baking tray", "wok", "roasting tin", "casserole dish", "cake tin"),
        ("coating", "base", "rim", "edges", "surface", "sides"),
        ("finish", "weight", "size", "shape", "colour"),
        ("everyday cooking", "Sunday dinners", "family meals", "big meals", "dinner parties", "small ovens"),
        ("sturdy", "well made", "easy to clean", "non-stick", "solid", "handy", "robust", "even"),
        ("flimsy", "thin", "sticky", "rusty", "heavy", "hard to clean", "uneven", "brittle"),
        ("cleaned easily", "cooked evenly", "went through the dishwasher fine", "browned everything nicely"),
        ("rusted", "warped in the oven", "cracked", "chipped", "burnt everything", "peeled in the wash"),
        broke="cracked",
    ),
    Category(
        ("flask", "water bottle", "travel mug", "steel bottle", "drinking bottle"),
        ("lid", "seal", "base", "cap", "rim", "thread"),
        ("size", "weight", "shape", "finish", "colour"),
        ("work", "school", "travel", "the gym", "picnics", "hot tea"),
        ("sturdy", "handy", "leakproof", "easy to clean", "light", "solid", "robust", "rugged"),
        ("leaky", "flimsy", "hard to clean", "heavy", "rusty", "tiny", "smelly", "brittle"),
        ("kept my drink hot for hours", "survived every fall", "cleaned easily", "never spilled a drop"),
        ("leaked in my bag", "cracked", "rusted", "gave my tea a metal taste", "broke"),
    ),
    Category(
        ("drill", "lawn mower", "hedge trimmer", "pressure washer", "chainsaw", "leaf blower", "sander"),
        ("grip", "switch", "motor", "handle", "casing", "trigger", "guard"),
        ("power", "weight", "balance", "handling", "noise level", "instructions"),
        ("small jobs", "big jobs", "work", "weekend jobs", "beginners", "odd jobs"),
        ("powerful", "sturdy", "easy to handle", "reliable", "solid", "light", "rugged", "bombproof"),
        ("weak", "heavy", "awkward", "flimsy", "unsafe", "noisy", "wobbly", "underpowered"),
        ("made light work of the job", "started first time", "saved me hours", "ran all afternoon"),
        ("stopped working", "jammed", "broke", "seized up", "ran out of power in minutes", "overheated"),
    ),
    Category(
        ("train set", "toy robot", "building kit", "marble run", "remote control car", "toy tractor", "toy farm"),
        ("pieces", "wheels", "stickers", "joints", "edges", "base"),
        ("design", "size", "paint", "instructions", "pictures"),
        ("rainy days", "playtime", "birthday parties", "quiet afternoons", "playgroup", "toddlers"),
        ("fun", "colourful", "sturdy", "cute", "safe", "educational", "adorable", "ingenious"),
        ("boring", "flimsy", "sharp", "cheap", "dangerous", "ugly", "fiddly", "tacky"),
        ("kept the kids busy for hours", "made my son smile", "became the favourite toy", "survived two toddlers"),
        ("broke straight away", "lost half the pieces", "shed paint", "bored the kids in minutes"),
    ),
    Category(
        ("bike", "mountain bike", "folding bike", "e-bike", "road bike", "tricycle"),
        ("brakes", "saddle", "chain", "pedals", "handlebars", "wheels", "bell"),
        ("ride", "steering", "weight", "design", "paint", "size"),
        ("my commute", "work", "weekend rides", "short trips", "cycling holidays", "steep hills"),
        ("fast", "sturdy", "comfortable", "light", "smooth", "easy to ride", "safe", "nifty"),
        ("heavy", "wobbly", "uncomfortable", "slow", "unsafe", "rusty", "awkward", "creaky"),
        ("made every trip a pleasure", "took every hill", "arrived ready to ride", "got me fit again"),
        ("broke", "lost a pedal", "rusted in the rain", "came apart", "squeaked all the way", "lost a wheel"),
    ),
    Category(
        ("lipstick", "nail polish", "mascara", "eyeliner", "lip gloss", "eyeshadow", "hair dye"),
        ("cap", "packaging", "bottle", "lid", "label", "tube"),
        ("smell", "texture", "colour", "shade", "scent", "coverage"),
        ("everyday use", "parties", "work", "weddings", "evenings out", "a natural look"),
        ("gentle", "fresh", "soft", "pleasant", "long-lasting", "creamy", "smooth", "fragrant"),
        ("greasy", "sticky", "harsh", "smelly", "watery", "dull", "pungent", "chalky"),
        ("lasted all evening", "went on smoothly", "got me many compliments", "survived the rain"),
        ("gave me a rash", "irritated my skin", "dried out", "leaked in the box", "ran in the heat"),
    ),
    Category(
        ("hair dryer", "razor", "electric toothbrush", "beard trimmer", "hair straightener", "epilator"),
        ("handle", "switch", "head", "casing", "button", "stand"),
        ("design", "weight", "size", "power", "noise level", "feel"),
        ("travel", "everyday use", "my morning routine", "holidays", "quick fixes", "the gym bag"),
        ("gentle", "quick", "effective", "quiet", "easy to use", "light", "precise", "ergonomic"),
        ("harsh", "weak", "noisy", "heavy", "painful", "hot", "flimsy", "clumsy"),
        ("left me looking smart", "saved me time every morning", "did the job quickly", "felt good in the hand"),
        ("stopped working", "broke", "irritated my skin", "overheated", "died", "did nothing at all"),
    ),
    Category(
        ("chair", "sofa", "armchair", "office chair", "stool", "bench", "rocking chair"),
        ("legs", "seat", "screws", "feet", "frame", "joints"),
        ("wood", "finish", "colour", "size", "instructions", "height"),
        ("the living room", "reading", "the office", "long evenings", "visitors", "working from home"),
        ("sturdy", "comfortable", "easy to assemble", "stylish", "solid", "handsome", "cosy", "ergonomic"),
        ("wobbly", "uncomfortable", "hard to assemble", "ugly", "rickety", "flimsy", "lopsided", "creaky"),
        ("went together in ten minutes", "looked gorgeous in the hall", "saved my back", "survived three children"),
        ("collapsed", "broke", "scratched the floor", "wobbled all the time", "gave me back pain"),
        "fit",
    ),
    Category(
        ("desk", "bookcase", "shelf", "wardrobe", "coffee table", "cupboard", "sideboard"),
        ("screws", "corners", "edges", "joints", "feet", "back panel"),
        ("wood", "finish", "colour", "size", "instructions", "design"),
        ("the living room", "the study", "a small flat", "my books", "the hall", "awkward corners"),
        ("sturdy", "easy to assemble", "stylish", "solid", "spacious", "handsome", "practical", "elegant"),
        ("wobbly", "hard to assemble", "ugly", "rickety", "flimsy", "cheap looking", "lopsided", "splintery"),
        ("went together in ten minutes", "looked gorgeous in the hall", "held everything", "survived a move"),
        ("collapsed", "lost two screws", "bent under a few books", "chipped", "came apart"),
        "fit",
    ),
    Category(
        ("tent", "pop-up tent", "family tent", "gazebo", "awning", "beach shelter"),
        ("poles", "seams", "pegs", "ropes", "zip", "roof"),
        ("size", "material", "weight", "colour", "instructions"),
        ("camping", "festivals", "the beach", "family holidays", "garden parties", "long weekends"),
        ("light", "sturdy", "waterproof", "easy to set up", "roomy", "durable", "windproof", "nifty"),
        ("flimsy", "heavy", "leaky", "awkward", "wobbly", "impractical", "smelly", "shoddy"),
        ("kept us dry all night", "stood up to a storm", "folded away in seconds", "made every trip a pleasure"),
        ("leaked", "collapsed", "broke", "let us down in the rain", "ripped in the wind", "blew away"),
    ),
    Category(
        ("pet carrier", "dog crate", "rabbit hutch", "kennel", "cat basket", "hamster cage"),
        ("door", "latch", "base", "hinges", "roof", "clips"),
        ("size", "design", "smell", "finish", "instructions"),
        ("travel", "the vet", "puppies", "the car", "old animals", "the garden"),
        ("sturdy", "easy to clean", "safe", "roomy", "chew-proof", "well designed", "light", "snug"),
        ("flimsy", "smelly", "tiny", "unstable", "unsafe", "hard to clean", "useless", "wonky"),
        ("calmed our pet down", "cleaned up nicely", "survived sharp teeth", "made the vet less scary"),
        ("fell over", "broke", "came unstuck", "rusted", "collapsed at the vet", "let our pet escape"),
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
    "running", "gardening", "hiking", "yoga", "cycling", "fishing", "chess", "baking", "photography", "painting",
    "knitting", "dancing", "birdwatching", "pottery", "sailing", "rowing", "skiing", "archery", "beekeeping",
    "stargazing", "caving", "karate", "woodwork", "calligraphy", "surfing", "morris dancing", "geocaching", "falconry",
    "taxidermy", "bell ringing", "origami", "whittling", "fencing", "curling", "genealogy", "upholstery", "juggling",
    "parkour", "bookbinding", "foraging", "orienteering",
)  # fmt: skip
OCCASIONS = (
    "Christmas", "my birthday", "the summer", "our holiday", "the winter", "the wedding", "moving house", "university",
    "our anniversary", "Black Friday", "Easter", "the baby shower", "Mother's Day", "the festival", "Father's Day",
    "graduation", "Halloween", "the road trip", "my retirement", "Hanukkah", "Diwali", "the christening",
    "the regatta", "bonfire night", "the stag do", "Thanksgiving", "the village fete", "the housewarming",
    "the pantomime", "Eid", "the quiz night",
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

AGREEMENT: dict[str, tuple[str, str]] = {
    # Slot: after a singular, after a plural.
    "this": ("this {product}", "these {product}"),
    "a_product": ("a {product}", "a pair of {product}"),
    "what_a": ("what a ", "what "),
    "one": ("one", "pair"),
    "it": ("it", "they"),
    "them": ("it", "them"),
    "is": ("is", "are"),
    "was": ("was", "were"),
    "has": ("has", "have"),
    "does": ("does", "do"),
    "s": ("s", ""),
}

PATTERNS: dict[str, tuple[str, ...]] = {
    # Words for how good or bad something is, from common to rare.
    # Adjectives may stand before a noun; phrases only follow "is".
    "good_word": (
        "{good_adjective}", "{good_phrase}",
    ),
    "bad_word": (
        "{bad_adjective}", "{bad_phrase}",
    ),
    "good_adjective": (
        "great", "good", "excellent", "perfect", "very good", "lovely", "fantastic", "really nice", "amazing",
        "wonderful", "really good", "superb", "brilliant", "nice", "awesome", "beautiful", "fine", "outstanding",
        "decent", "impressive", "pretty good", "first-class", "incredible", "terrific", "gorgeous", "flawless",
        "exceptional", "marvellous", "splendid", "faultless", "stellar", "phenomenal", "delightful", "exquisite",
        "magnificent", "sublime", "immaculate", "exemplary", "unbeatable", "impeccable", "sensational", "ace",
        "peerless", "ravishing", "stupendous", "unrivalled", "cracking", "heavenly", "glorious", "swell", "dandy",
    ),
    "bad_adjective": (
        "terrible", "poor", "awful", "bad", "very poor", "horrible", "useless", "really bad", "disappointing", "cheap",
        "very bad", "dreadful", "rubbish", "mediocre", "worthless", "faulty", "defective", "pathetic", "lousy",
        "shoddy", "unacceptable", "crap", "appalling", "hopeless", "abysmal", "laughable", "atrocious", "substandard",
        "second-rate", "hideous", "woeful", "third-rate", "shocking", "dire", "abominable", "subpar", "underwhelming",
        "lamentable", "deplorable", "dismal", "execrable", "naff", "ghastly", "wretched", "grim", "cruddy",
    ),
    "good_phrase": (
        "not bad at all", "so {good_grade}", "{very} {good_grade}", "spot on", "better than expected", "top quality",
        "a joy", "anything but {bad_grade}", "not {bad_grade} in the slightest", "worth every penny",
        "top notch", "hard to fault", "a delight", "a real gem", "second to none", "nothing short of superb",
        "a godsend", "a triumph", "the bee's knees", "tip top", "a marvel",
    ),
    "bad_phrase": (
        "not good", "a joke", "so {bad_grade}", "not great", "{very} {bad_grade}", "so-so at best", "not very good",
        "worse than expected", "garbage", "a waste of money", "junk", "anything but {good_grade}", "nothing special",
        "not {good_grade} at all", "a disaster", "below average", "far from perfect", "a disgrace",
        "not fit for purpose", "nothing like the picture", "a nightmare", "a letdown", "a travesty", "a fiasco",
        "a dud",
        "a shambles",
    ),
    "good_grade": (
        "good", "nice", "impressive", "neat", "reliable", "pleasant", "practical", "useful", "clever", "sensible",
        "satisfying", "charming", "thoughtful", "refined", "polished", "classy", "dependable",
    ),
    "bad_grade": (
        "bad", "poor", "disappointing", "annoying", "unreliable", "ugly", "frustrating", "nasty", "cheap", "silly",
        "irritating", "unpleasant", "clunky", "crude", "careless", "tawdry", "grotty",
    ),
    "very": (
        "very", "really", "so", "extremely", "quite", "incredibly", "pretty", "super", "surprisingly", "truly",
        "ever so", "rather", "remarkably", "unbelievably", "seriously", "genuinely", "exceedingly",
    ),
    "good_feeling": (
        "happy", "very happy", "pleased", "really pleased", "delighted", "impressed", "so happy", "satisfied",
        "very impressed", "thrilled", "over the moon", "chuffed", "in love", "tickled pink", "overjoyed", "smitten",
    ),
    "bad_feeling": (
        "disappointed", "very disappointed", "unhappy", "angry", "so disappointed", "not happy", "annoyed", "upset",
        "fed up", "furious", "frustrated", "not impressed", "gutted", "disgusted", "livid", "dismayed",
    ),
    # Traits of the category, said straight or by denying the opposite.
    "good_quality": (
        "{good_trait}", "{very} {good_trait}", "{good_word}", "{good_trait} and {good_trait}", "{good_word}",
        "not {bad_trait} at all", "{good_adjective} and {good_trait}", "never {bad_trait}", "far from {bad_trait}",
        "not too {bad_trait}", "neither {bad_trait} nor {bad_trait}", "just the right size",
    ),
    "bad_quality": (
        "{bad_trait}", "{very} {bad_trait}", "{bad_word}", "{bad_trait} and {bad_trait}", "too {bad_trait}",
        "{bad_word}", "not {good_trait} at all", "far too {bad_trait}", "not very {good_trait}",
        "anything but {good_trait}", "{bad_adjective} and {bad_trait}", "neither {good_trait} nor {good_trait}",
        "hardly {good_trait}", "too big", "too small",
    ),
    "good_part": (
        "{good_word}", "well made", "just right", "{very} {good_grade}", "better than I expected", "well designed",
        "not {bad_grade} at all", "a nice touch", "{good_word}", "very well done", "a strong point",
        "just as I like it",
        "{good_grade} enough", "far from {bad_grade}", "built with care", "the best part of {them}",
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
        "{it} {is} {good_quality}", "I love {them}", "{it} {work}{s} {good_manner}", "{it} {good_event}",
        "the quality is {good_word}", "{it} {is} {good_word}", "{it} feel{s} {very} {good_trait}",
        "I am {good_feeling}",
        "I like {them} a lot", "{it} {is} still like new after {time}", "{it} never let me down", "{it} did the job",
        "I would buy {them} again", "{it} {has} been {good_adjective} for {use}", "{it} {is} worth the money",
        "{it} {is} just right for {use}", "{it} won me over", "I wouldn't call {them} {bad_trait}",
        "nothing beats {them}",
    ),
    "bad_main": (
        "{it} {is} {bad_quality}", "after {time} {it} {bad_event}", "the {part} {broke} after {time}",
        "{it} {does} not {work} at all", "{it} {bad_event}", "{it} {is} {bad_word}", "the quality is {bad_word}",
        "I hate {them}", "{it} feel{s} {very} {bad_trait}", "I am {bad_feeling}", "{it} {bad_event} after one use",
        "{it} fell apart", "{it} {work}{s} {bad_manner}", "I had to return {them}", "{it} {is} useless for {use}",
        "I don't like {them} at all", "{it} {is} not worth the money", "{it} ended up in the bin", "{it} let me down",
        "I wouldn't call {them} {good_trait}", "the {part} {broke} within {soon}",
    ),
    "good_minor": (
        "the {part} {part_is} {good_part}", "{it} look{s} {good_adjective}", "delivery was {good_delivery}",
        "I like the {part}", "the price was {good_price}", "I love the {part}", "{it} arrived on time",
        "customer service {good_service}", "the {aspect} {aspect_is} {good_word}", "I like the {aspect}",
        "{it} seemed {good_trait}", "the idea is {good_word}", "I have no complaints about the {aspect}",
        "the {part} {part_is} nothing to complain about", "the pictures looked {good_adjective}",
    ),
    "bad_minor": (
        "the {part} {part_is} {bad_part}", "{it} {is} a bit {bad_trait}", "delivery was {bad_delivery}",
        "I don't like the {part}", "the price was {bad_price}", "I hate the {part}", "{it} arrived late",
        "customer service {bad_service}", "the {aspect} {aspect_is} {bad_word}", "I don't like the {aspect}",
        "{it} seemed {bad_trait}", "the {aspect} could be better", "something was missing from the box",
        "the {part} {part_is} nothing to write home about", "the pictures looked {bad_adjective}",
    ),
    "good_manner": (
        "perfectly", "great", "well", "very well", "beautifully", "like a charm", "flawlessly", "as {it} should",
        "without any problems", "like a dream", "every time", "as advertised", "superbly", "splendidly",
    ),
    "bad_manner": (
        "badly", "poorly", "very badly", "terribly", "really badly", "worse than expected", "dreadfully",
        "worse every time", "atrociously",
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
        "was helpful", "was great", "replaced {them} at once", "was very friendly", "answered within an hour",
        "solved my problem right away", "sent a new {one} the next day", "went out of their way to help",
        "was a pleasure",
    ),
    "bad_service": (
        "never answered", "was rude", "was useless", "did not help", "ignored my emails", "was terrible",
        "refused to help", "hung up on me", "kept passing me around", "never called back", "fobbed me off",
    ),
    # Whole sentences that pass judgement.
    "good_verdict": (
        "I love {this}", "{this} {is} {good_word}", "I am {good_feeling} with {this}", "{good_adjective} {thing}",
        "love {them}", "{it} {work}{s} {good_manner}", "my {relation} loves {them}", "{this} {is} {very} {good_grade}",
        "great quality", "my {relation} was {good_feeling}", "{good_word}", "not a single problem in {time}",
        "{good_trait} {product}", "I highly recommend {this}", "{good_feeling} with {them}", "I really like {this}",
        "best {thing} I have ever had", "absolutely love {them}", "{good_adjective} product",
        "excellent {thing}",
        "exactly what I needed", "one of the best things I have bought", "I can't fault {this}",
        "I can't live without {them} now", "{it} {is} the best {product} I have owned",
        "{what_a}{good_adjective} {thing}",
        "I couldn't be happier with {this}", "{it} {is} everything I hoped for", "money well spent",
        "a {good_adjective} present for my {relation}", "good value for money",
        "I use {them} every day and still love {them}", "I never knew {a_product} could be this {good_grade}",
        "I am in love with {this}", "{brand} got it right", "we adore {them}", "hats off to {brand}", "full marks",
        "I have nothing bad to say about {this}",
    ),
    "bad_verdict": (
        "I hate {this}", "{this} {is} {bad_word}", "I am {bad_feeling} with {this}", "{bad_adjective} {thing}",
        "waste of money", "after {time} {it} {bad_event}", "{this} {is} {very} {bad_grade}", "very poor quality",
        "do not waste your money", "{bad_word}", "{bad_trait} {product}", "I do not recommend {this}",
        "{bad_feeling} with {them}", "I really don't like {this}", "worst {thing} I have ever had",
        "I regret buying {this}", "{bad_adjective} quality", "my {relation} hates {them}",
        "{it} {bad_event} on day one",
        "complete waste of time and money", "I want my money back", "not worth the money",
        "{it} {is} the worst {product} I have owned", "{what_a}{bad_adjective} {thing}",
        "I couldn't be more disappointed with {this}", "{it} {is} nothing like the description",
        "money down the drain", "my {relation} was {bad_feeling}", "the {part} {broke} within {soon}",
        "I am {bad_feeling}",
        "{it} went straight in the bin", "I have nothing good to say about {this}", "save your money",
        "I expected more from {brand}", "I feel cheated", "shame on {brand}", "I wish I had never bought {them}",
        "{it} {bad_event} right away", "{bad_adjective} product", "I loathe {them}", "not what I ordered",
    ),
    "good_opinion": (
        "the {part} {part_is} {good_part}", "{it} {is} {good_quality}",
        "the {part} {part_is} {good_part} and {good_clause}", "{good_quality}, and {good_clause}", "{it} {good_event}",
        "I love how {good_trait} {it} {is}", "I love the {part}", "{it} feel{s} {very} {good_trait}",
        "{good_clause} and {good_clause}", "{very} {good_trait}", "{it} look{s} {good_adjective}",
        "the {part} {part_is} so {good_grade}", "{good_trait}, {good_trait} and {good_word}",
        "and the {aspect} {aspect_is} {good_adjective} too", "after {time} {it} still {work}{s} {good_manner}",
        "{it} {has} been {good_adjective} for {use}", "everyone asks me where I got {them}",
        "I wouldn't change a thing about the {aspect}", "you can tell that somebody thought about the {part}",
        "even the {aspect} {aspect_is} {good_word}", "I thought {it} would be {bad_trait} and I was wrong",
        "{good_trait} without being {bad_trait}",
    ),
    "bad_opinion": (
        "the {part} {part_is} {bad_part}", "{it} {is} {bad_quality}",
        "the {part} {part_is} {bad_part} and {bad_clause}", "the {part} {broke} after {time}", "{it} {bad_event}",
        "I hate how {bad_trait} {it} {is}", "after {time} {it} {bad_event}", "{it} feel{s} {very} {bad_trait}",
        "{bad_clause} and {bad_clause}", "the {part} {part_was} broken when {it} arrived",
        "{it} look{s} {bad_adjective}",
        "the {part} {part_is} so {bad_grade}", "{bad_quality}, and {bad_clause}", "{very} {bad_trait}",
        "{bad_trait}, {bad_trait} and {bad_word}", "and the {aspect} {aspect_is} {bad_adjective} too",
        "the {part} {broke} within {soon}", "{it} {is} useless for {use}", "cheap materials everywhere",
        "everyone laughed when they saw {them}", "the {part} {part_was} damaged", "nobody can have tested the {part}",
        "even the {aspect} {aspect_is} {bad_word}", "I had to fix the {part} with tape",
        "I thought {it} would be {good_trait}, no chance", "if only {it} {was} {good_trait}",
    ),
    "good_service_sentence": (
        "delivery was {good_delivery}", "fast delivery", "arrived on time", "customer service {good_service}",
        "the price was {good_price}", "arrived {good_delivery} and well packed", "the seller {good_service}",
        "great price", "good value at ${price}", "came in perfect condition",
        "fast shipping and {good_adjective} service",
        "cheaper than in the shops and just as {good_grade}",
        "I had a question and {name} from customer service {good_service}", "the courier was lovely",
        "no problems with delivery",
    ),
    "bad_service_sentence": (
        "delivery was {bad_delivery}", "customer service {bad_service}", "the seller {bad_service}",
        "I asked for a refund and heard nothing", "arrived late and damaged", "still waiting for my refund",
        "the price was {bad_price}", "I am sending {them} back",
        "I emailed them {small_number} times and got no reply", "{it} arrived broken", "overpriced at ${price}",
        "{it} never arrived", "nobody answers the phone", "the parcel was left in the rain",
        "returned {them} the next day", "they sent the wrong colour", "had to pay for the return myself",
        "{name} from customer service {bad_service}", "way too expensive", "I got a used {one}",
        "they refuse to give me a refund", "do not trust this seller",
    ),
    "good_comparison": (
        "much better than my old {one}", "{it} {is} far better than my old {one}",
        "my last {one} {bad_event}, {this} never did", "I returned the {brand} {one} and kept {this}",
        "better than the {brand} {one} I had before", "better than the expensive {one}s",
        "I tried {small_number} others and {this} {is} the only {good_trait} {one}",
        "the old {one} was {bad_trait}, {this} {is} {good_trait}",
        "after a {bad_adjective} {brand} {one} {this} {is} a relief",
        "my old {one} was {bad_word} compared to {this}",
        "unlike the {brand} {one}, which was {bad_trait}, {it} {is} {good_trait}",
    ),
    "bad_comparison": (
        "my old {one} was much better", "{it} {is} far worse than my old {one}",
        "my last {one} lasted much longer, {this} {bad_event}", "I went back to my old {brand}",
        "worse than the {brand} {one} I had before", "even the cheap {one}s are better",
        "I tried {small_number} others and {this} {is} the only {bad_trait} {one}",
        "the old {one} was {good_trait}, {this} {is} {bad_trait}",
        "after a {good_adjective} {brand} {one} {this} {is} a letdown",
        "my old {one} was {good_word} compared to {this}",
        "unlike the {brand} {one}, which was {good_trait}, {it} {is} {bad_trait}",
        "the {one}s from the pound shop are better",
    ),
    "good_irony": (
        "my only problem is that my {relation} keeps stealing {them}", "warning: you will want a second {one}",
        "I hate to admit it, but {brand} got everything right", "I tried hard to find a fault and could not",
        "I wanted to hate {them} and now I can't stop using {them}", "too bad I didn't buy {them} years ago",
        "no more excuses for {use} now", "terrible for my wallet, I just ordered another {one}",
    ),
    "bad_irony": (
        "great, another {one} that {bad_event} after {time}", "wonderful, {it} {bad_event} on the first day",
        "well done {brand}", "perfect if you enjoy returning things", "a nice way to fill the bin",
        "lovely box, shame about what is in it", "lasted all of one hour, what a success",
        "great idea, shame that {it} {does} not {work}", "nice if you like {bad_trait} things",
        "congratulations {brand}, you made {a_product} that {is} {bad_trait}", "fantastic, now I own two broken {one}s",
        "brilliant, the {part} {broke} before {name} even got to see {them}", "the best thing about {them} is the box",
    ),
    "good_closing": (
        "highly recommended", "would buy again", "I would recommend {them} to anyone", "{good_feeling}", "buy {them}",
        "thank you", "recommended", "I recommend {them}", "well worth the money", "you won't regret it",
        "will buy from them again", "great buy", "would definitely buy again",
        "I will order another {one} for my {relation}", "thanks {brand}", "five out of five", "go for it",
        "don't hesitate",
        "no regrets", "already bought a second {one}", "I can only recommend {them}",
        "my {relation} wants the same {one}",
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
        "{other_minor}, yet {own_main}", "at first {it} seemed {other_trait}, but then {own_main}",
        "despite what others say about the {aspect}, {own_main}",
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
        "I bought {this} for my {relation}", "bought {them} for {use}", "I have had {this} for {time}",
        "{name} {surname} in {town} has the same {one}", "I use {them} for {use}", "got {this} for {use}",
        "I ordered {a_product} in {colour}", "{name} from my {hobby} club told me about {brand}",
        "{it} {was} a present for {name}", "I needed {a_product} for {use}", "my {relation} needed {a_product}",
        "I picked the {colour} {one}, {name} the {colour} {one}", "I paid ${price} for {them}",
        "my neighbour {name} {surname} has the {brand} {model}", "we keep {them} in the {place}",
        "used {them} for {time} now", "we had {them} sent to {town} before {occasion}",
        "got {this} just before {occasion}", "ordered the {brand} {model} in time for {occasion}",
        "order {order} from {town}", "{name} and {name} in {town} wanted something for {use}",
        "I was looking for {a_product} for {use}", "{it} {is} the {model}, not the {model}",
        "this is my {ordinal} order from {brand}", "someone in my {hobby} club has the same {one}",
        "I am {number} years old and new to {brand}", "my {relation} keeps {a_product} in the {place}",
        "I showed {them} to {name} from my {hobby} class", "the old {brand} {model} went to {name} in {town}",
        "I read about {brand} in a {hobby} magazine", "{name} {surname} in {town} sells {brand} too",
    ),
    "filler": (
        "to be honest", "honestly", "as {name} put it", "in my opinion", "as my {relation} says", "I must say",
        "as we say in {town}", "in short", "believe me", "for the record", "let me tell you", "frankly", "mind you",
        "truth be told",
    ),
    "thing": (
        "{product}", "{product}", "{brand} {product}", "{colour} {product}", "{product} for {use}",
        "{product} ({model})",
    ),
    "time": (
        "a week", "two days", "a month", "{small_number} weeks", "a few days", "{small_number} months", "a day",
        "two weeks", "a year", "{small_number} days", "a couple of months", "half a year", "{number} days",
        "a fortnight",
    ),
    "soon": (
        "an hour", "a week", "two days", "minutes", "a month", "days", "one night", "half a day",
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
    (3, ("context", "contrast", "own_opinion")),
    (4, ("context", "other_minor", "turn", "own_closing")),
    (3, ("other_minor", "turn", "context", "own_opinion")),
    (3, ("own_opinion", "own_verdict", "aside", "context")),
    (3, ("context", "own_comparison", "aside", "own_opinion")),
    (2, ("context", "other_service_sentence", "turn", "own_opinion")),
    (2, ("own_irony", "aside", "own_closing")),
)
