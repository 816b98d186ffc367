"""Kubernetes: what is written by hand for kustomize, and what is made of the product's own tables.

``python -m deploy.kubernetes`` writes users and topics of the Kafka cluster as Strimzi's resources, of
:mod:`ioc.access` and :mod:`ioc.topics`: so a cluster gets what ``ioc access`` and ``ioc topics`` give.
"""
