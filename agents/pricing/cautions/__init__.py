"""The readings that `agents.pricing.caution` puts together: plain rules, a subject a module, so that a person can say why one applied."""
