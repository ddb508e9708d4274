"""Measuring, judging: who judges; ragas takes seconds to load and is loaded when somebody is first judged."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from importlib.util import find_spec

from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.inference.gateway import CHAT, EMBEDDING, Gateway
from app.loading import loading
from app.settings import let_nobody_report
from evals.errors import JudgeNotInstalled
from evals.judging.hearing import JudgesMind
from evals.judging.judge import Judge

EMBEDDING_MODEL = "local/minilm"  # unless another is chosen
_BUILT_IN = "local"  # the type of provider whose models write nothing of their own
_LOADER = ThreadPoolExecutor(1, "ragas")  # of its own: who waits for it takes no thread from others


def judged_by() -> str:
    """What judges here, as part of what was measured; refused where nothing does."""
    if find_spec("ragas") is None:
        raise JudgeNotInstalled
    return f"ragas {metadata.version('ragas')}"


async def check_judge(gateway: Gateway, caller: Caller, model: str, embedding_model: str = EMBEDDING_MODEL) -> None:
    """Refuse what the caller may not ask, or what writes nothing, before anything is paid for."""
    judged_by()
    offered = await gateway.catalogue.resolve(caller, model, CHAT)
    if all(link.provider_type == _BUILT_IN for one in offered for link in one.backends):
        raise ValidationFailed.of("judge", f"{model} writes nothing of its own; choose a model that does")
    await gateway.catalogue.resolve(caller, embedding_model, EMBEDDING, invoked=embedding_model != EMBEDDING_MODEL)


async def judge_of(gateway: Gateway, payer: Caller, model: str, embedding_model: str = EMBEDDING_MODEL) -> Judge:
    """A judge whose calls are made by this gateway and paid by one caller."""
    judged_by()
    kind = await asyncio.get_running_loop().run_in_executor(_LOADER, _load)
    own = embedding_model == EMBEDDING_MODEL
    return kind(JudgesMind(gateway, payer, model, embedding_model, may_embed=own))


def _load() -> Callable[[JudgesMind], Judge]:
    let_nobody_report()
    with loading(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what its own libraries say to each other
        from evals.judging.ragas_judge import RagasJudge  # noqa: PLC0415 - loads ragas: seconds
    return RagasJudge
