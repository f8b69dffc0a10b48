"""The queue between servers and workers: a message is a wish, not a fact, so that one lost or told twice changes nothing."""

from celery import Celery

REFRESH, CATCH_UP, KEEP = "refresh", "catch_up", "keep"

#: A wish is forgotten after so long: what still lacks is asked for again. Clocks of servers and workers may differ by some seconds.
REFRESH_WITHIN_SECONDS, KEEP_WITHIN_SECONDS = 30.0, 600.0
_CONNECT_WITHIN_SECONDS = 2.0
_CONFIRM_WITHIN_SECONDS = 5
#: Longer than any task may take: in Redis a message that is not acknowledged until then is given to another worker.
_GIVEN_AGAIN_SECONDS = 6 * 3600


class Queue:
    """The queue at a broker: amqp:// (RabbitMQ) or redis://. installation: what tells it from those of others at this broker.

    Who asks waits for the broker's confirmation, and meets kombu's OperationalError where it is away.
    """

    def __init__(self, broker_url: str, installation: str) -> None:
        self.app = _app(broker_url, installation)

    def ask_to_refresh(self, site_id: str) -> None:
        """Ask for a site's figures to be brought up to its events."""
        self._ask(REFRESH, site_id, within=REFRESH_WITHIN_SECONDS)

    def ask_to_keep(self) -> None:
        """Ask for what is older than sites keep to be let leave."""
        self._ask(KEEP, within=KEEP_WITHIN_SECONDS)

    def _ask(self, task: str, *arguments: str, within: float) -> None:
        """within: seconds, after which the wish is forgotten if no worker was free."""
        self.app.send_task(task, arguments, expires=within, retry=False, confirm_timeout=_CONFIRM_WITHIN_SECONDS)


def _app(broker_url: str, installation: str) -> Celery:
    """A task is acknowledged when it has ended, and given to another worker if its own dies."""
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


def _transport(broker_url: str) -> dict[str, object]:
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True}
    return {"visibility_timeout": _GIVEN_AGAIN_SECONDS, "socket_timeout": _CONFIRM_WITHIN_SECONDS, "socket_connect_timeout": _CONNECT_WITHIN_SECONDS}
