"""The feed beside the public page, which others follow: Atom, with ids that stay."""

from collections.abc import Sequence

from learncomm_agent.caring.public_page import Item, Site, body_of, clean


def feed_of(site: Site, items: Sequence[Item]) -> bytes:
    """Return the feed of what stands on the page, newest first; there is at least one thing."""
    from feedgen.feed import FeedGenerator  # heavy

    feed = FeedGenerator()
    feed.id(f"urn:uuid:{site.uuid}")
    feed.title(clean(site.title))
    feed.subtitle(clean(site.intro))
    feed.author({"name": clean(site.community)})
    feed.language(site.language)
    feed.generator("learncomm")
    feed.updated(max(each.updated_at for each in items))
    if site.url:
        feed.link(href=f"{site.url}/feed.xml", rel="self", type="application/atom+xml")
        feed.link(href=f"{site.url}/index.html", rel="alternate", type="text/html")
    for item in items:
        entry = feed.add_entry(order="append")
        entry.id(f"urn:uuid:{item.uuid}")
        entry.title(clean(item.title) or "–")
        entry.published(item.published_at)
        entry.updated(item.updated_at)
        entry.content(body_of(item), type="html")
        if site.url:
            entry.link(href=f"{site.url}/{item.id}.html", rel="alternate", type="text/html")
    return bytes(feed.atom_str(pretty=True))
