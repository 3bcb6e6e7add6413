from django.apps import AppConfig


class DealFinderConfig(AppConfig):
    name = "dealfinder"
