# Trees parsed, changed, unparsed and compiled give the same code, lines and errors.
import ast

tree = ast.parse("a = 1 + 2\nprint('tree', a)\n", "tree.py")
print(ast.dump(tree.body[0]), tree.body[1].lineno)


class Swap(ast.NodeTransformer):
    def visit_BinOp(self, node):
        return ast.copy_location(ast.BinOp(node.right, ast.Mult(), ast.Constant(10)), node)


exec(compile(ast.fix_missing_locations(Swap().visit(tree)), "<tree>", "exec"))
print(ast.unparse(tree).splitlines(), eval(compile(ast.Expression(ast.parse("[1, a]").body[0].value), "<e>", "eval")))
print(ast.literal_eval("{'k': [1, -2.5, (3+4j), None, b'x', {1}]}"), ast.literal_eval("  'padded'"))
for text in ("f()", "1 +", "a", "__import__('os')", "[1, 'open", "1 + 1"):
    try:
        print(ast.literal_eval(text))
    except (ValueError, SyntaxError) as e:
        print(type(e).__name__, str(e).split(" object at")[0])
for bad in (ast.Module([ast.Expr(ast.Name("x"))], []), ast.Expression(ast.Constant(object())), ast.Module([ast.Pass()], []), ast.parse("1")):
    try:
        print(compile(bad, "<bad>", "exec") is not None)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, str(e)[:45])
