# The standard library's own uses of exec make the same classes, reprs and errors.
import collections, dataclasses, enum, functools, inspect, typing


@dataclasses.dataclass(order=True, frozen=True)
class Point:
    x: int
    y: "float" = 0.5
    tags: list = dataclasses.field(default_factory=list, compare=False)


Pair = collections.namedtuple("Pair", "left right", defaults=[2])
Color = enum.Enum("Color", {"RED": eval("1"), "BLUE": 2})
print(Point(1), Point(1) < Point(2), dataclasses.replace(Point(3), y=4), hash(Point(1)) == hash(Point(1)), inspect.signature(Point))
print(Pair(1), Pair._fields, Pair.__new__.__code__.co_filename, Pair.__module__, Color.RED, Color(2), list(Color))
exec("@dataclasses.dataclass\nclass Late:\n    a: Point = Point(0)\nprint(Late())")
print(Point.__init__.__qualname__, Point.__eq__.__code__.co_filename, typing.get_type_hints(Point)["y"])
print(functools.total_ordering(type("T", (), {"__lt__": lambda s, o: True}))() > 1)
for text in ("Point(1).x = 2", "Point()", "collections.namedtuple('N', 'a a')", "dataclasses.make_dataclass('D', ['if'])", "Color(3)"):
    try:
        exec(text)
    except (AttributeError, TypeError, ValueError) as e:
        print(type(e).__name__, e)
