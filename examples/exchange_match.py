"""Match the synthetic sample's needs with its firms and providers, and say why."""

from sanfu.exchange import match, sample_event
from sanfu.registry.sample import shanghai

event, book = sample_event(), shanghai(firms=500)
found = match(event.needs, event.offers(book.firms, book.titles, book.figures), top=3)
print(found)
hit = found.hits[0]
print(found.explain(hit.need, hit.offer))
