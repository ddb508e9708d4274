"""The commands as they are typed, beside a server that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.backup.world import company, typed
from tests.world.models import data
from tests.world.platform import fresh

pytestmark = pytest.mark.sqlite  # the commands are given a folder alone


async def test_a_collection_is_written_down_and_taken_in_beside_a_server(tmp_path: Path) -> None:
    file = tmp_path / "plans.tar.gz"
    async with fresh(deeds={}) as running:
        made = await company(running)
        home, acme = running.settings.home, made.organisation
        named = f"{acme.slug}/{made.shelf.slug}"
        code, out, err = await typed(home, "export", named, str(file), "--json")
        assert code == 0, err
        told = json.loads(out.splitlines()[-1])
        assert (told["done"], told["documents"], told["files"]) == ("export", 3, 3)
        code, out, err = await typed(home, "export", named, str(file))
        assert (code, out) == (1, "")
        assert "is there already" in err

        into = ("--tenant", acme.slug, "--owner", acme.people["admin"].email)
        code, out, err = await typed(home, "import", str(file), *into, "--json")
        assert code == 0, err
        told = json.loads(out.splitlines()[-1])
        assert (told["done"], told["documents"], told["left_out"]["denials"]) == ("import", 3, [])
        admin = acme.client("admin")
        found = data(await admin.get(f"/v1/modules/scaimatrix/collections/{told['collection_id']}"))
        assert (found["slug"], found["document_count"]) == (told["slug"], 3)

        code, out, err = await typed(home, "import", str(file), "--tenant", "nowhere", "--owner", "a@b")
        assert (code, out) == (1, "")
        assert "no tenant 'nowhere'" in err
        await acme.aclose()
