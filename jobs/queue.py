"""The queue between servers and workers: a message is a wish, not a fact, so that one lost or told twice changes nothing."""

from celery import Celery

REFRESH, CATCH_UP, KEEP = "refresh", "catch_up", "keep"

_CONNECT_WITHIN_SECONDS = 2.0
_CONFIRM_WITHIN_SECONDS = 5
#: Longer than any task may take: in Redis a message that is not acknowledged until then is given to another worker.
_GIVEN_AGAIN_SECONDS = 6 * 3600


def queue(broker_url: str, installation: str) -> Celery:
    """The queue at a broker: amqp:// (RabbitMQ) or redis://. A task is acknowledged when it has ended, and given to another worker if its own dies.

    installation: what tells the queue from those of others at this broker.
    """
    made = Celery("factory", broker=broker_url, set_as_current=False)
    made.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=f"factory.{installation}",
        broker_connection_timeout=_CONNECT_WITHIN_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport(broker_url),
        # Nobody looks at workers by way of the broker, which then need not hold a queue for each.
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        # A task that goes on without its broker ends well; whoever is given it again finds it done.
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return made


def wish(asked: Celery, task: str, *arguments: str, within: float) -> None:
    """Ask for a task, which is forgotten if no worker is free within so many seconds. Raises kombu's OperationalError where the broker is away."""
    asked.send_task(task, arguments, expires=within, retry=False, confirm_timeout=_CONFIRM_WITHIN_SECONDS)


def _transport(broker_url: str) -> dict[str, object]:
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True}
    return {"visibility_timeout": _GIVEN_AGAIN_SECONDS, "socket_timeout": _CONFIRM_WITHIN_SECONDS, "socket_connect_timeout": _CONNECT_WITHIN_SECONDS}
