"""The product's agents: each joins pure code of ``ioc`` to its topics."""
