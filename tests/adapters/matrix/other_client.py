"""Somebody with the client of a library alone; a process of its own, as its store blocks.

Says that it is ready, writes what it reads first, answers, and ends.
"""

import asyncio
import sys

import nio


async def main(url: str, user: str, device: str, token: str, room: str, folder: str) -> None:
    """Read one message, and answer it."""
    client = nio.AsyncClient(url, user, device, folder)
    client.restore_login(user, device, token)
    answered = asyncio.Event()

    async def read(where: nio.MatrixRoom, event: nio.RoomMessageText) -> None:
        if event.sender == user or not event.decrypted:
            return
        print(event.body, flush=True)
        said = {"msgtype": "m.text", "body": "back"}
        await client.room_send(
            where.room_id, "m.room.message", said, ignore_unverified_devices=True
        )
        answered.set()

    client.add_event_callback(read, nio.RoomMessageText)
    assert isinstance(await client.sync(full_state=True), nio.SyncResponse)
    await client.keys_upload()
    print("ready", flush=True)
    following = asyncio.create_task(client.sync_forever(timeout=10_000))
    await answered.wait()
    following.cancel()
    await asyncio.wait([following])
    await client.close()


asyncio.run(main(*sys.argv[1:]))
