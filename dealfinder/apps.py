from django.apps import AppConfig


class DealFinderConfig(AppConfig):
    name = "dealfinder"

    def ready(self) -> None:
        # Makes it the current Celery application wherever Django is set up, so that tasks sent by name use our broker.
        from dealfinder import celery  # noqa: F401
