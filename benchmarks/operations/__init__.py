"""What `pulumi` takes for many connections, next to the engine's floor and to an ordinary dynamic provider.

    .venv/bin/python -m benchmarks.operations --help

| Module | Is |
| --- | --- |
| `contenders` | who is measured: a stack program each |
| `project` | a project in a folder of its own, and `pulumi` in it |
| `processes` | CPU time and peak memory of what an operation starts |
| `journal` | the local API, which counts |
| `measure` | one contender through all operations |
| `rounds` | everybody, in turn, several times |
| `summary` | medians and spread |
| `marks` | what is to be reached |
| `page`, `plots` | what docs/performance.md shows |
"""
