"""Fault injection: what is killed, frozen and cut off, and the books that must balance afterwards.

Two parts. `course`, `fleet`, `worker` and `books` try the engine with agents of their own, under many events. `siege`
tries the product: `town` builds it of real programs (broker, two workers, a store per database, a gateway) with clocks
that are short, `operators` are its people over HTTP, `reckoning` is the account of commands, histories, timers, answers
and stores. A seed fixes which faults come in which order, not what is under way at the time.
"""
