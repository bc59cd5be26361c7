import asyncio
from datetime import timedelta
from pathlib import Path

from benchmarks import year
from benchmarks.year import ACTION, START, Ledger, Year, faults
from learncomm_agent.chat.people import MemberId

DAYS = 30
END = START + timedelta(days=DAYS)


async def test_a_month_is_told_on_time_in_all_zones_and_what_is_not_so_is_found(
    tmp_path: Path,
) -> None:
    ledger = Ledger()
    month = await asyncio.to_thread(Year, tmp_path, ledger)
    try:
        await month.fill(2 * len(year.ZONES), DAYS)
        await month.pass_by(DAYS)
    finally:
        await month.close()
    assert faults(ledger, END) == []
    assert len(ledger.told) > 4 * len(ledger.people) and len(ledger.keys) > len(ledger.people)

    lost = START + timedelta(days=2)
    ledger.due[MemberId(1), ACTION, 99] = lost
    assert [each for each in faults(ledger, END) if "is lost" in each]
    del ledger.due[MemberId(1), ACTION, 99]
    member, kind, due, at = ledger.told[0]
    ledger.told[0] = member, kind, due - timedelta(days=9), at
    assert faults(ledger, END)
    ledger.told[0] = member, kind, due, at
    for sent in ledger.sent.values():
        sent[0] += timedelta(hours=12)
    found = " ".join(faults(ledger, END))
    assert "in the night" in found and "never sent" in found
