"""When an alarm sees what, and how often it acts."""

from dataclasses import replace

from worker_simulate.cloud.alarm import Alarm
from worker_simulate.cloud.alarm_state import AlarmState
from worker_simulate.cloud.metric_store import MetricStore
from worker_simulate.definition.service_definition import AlarmDefinition, MetricKey, MetricQuery

KEY = MetricKey("AWS/SQS", "ApproximateNumberOfMessagesVisible")
AT_LEAST_ONE = AlarmDefinition(
    name="alarm",
    policy="policy",
    queries={"v": MetricQuery(KEY, "Maximum", 300)},
    expression=None,
    threshold=1,
    comparison="GreaterThanOrEqualToThreshold",
    evaluation_periods=1,
    datapoints_to_alarm=1,
)


def stored(*points: tuple[float, float, float]) -> MetricStore:
    store = MetricStore()
    for at, value, readable_at in points:
        store.put(KEY, at, value, readable_at)
    return store


def test_a_window_of_five_minutes_slides_every_minute():
    store = stored(*((60 * minute, 7 if minute == 2 else 0, 0) for minute in range(20)))
    alarm = Alarm(AT_LEAST_ONE)
    values = [alarm.evaluate(60 * minute + 1, store) for minute in range(12)]

    # The point of minute 2 is whole at minute 3, and in the five minutes before each of the next five.
    assert values == [None, None, None, 7, 7, 7, 7, 7, None, None, None, None]


def test_a_point_counts_from_when_it_can_be_read():
    store = stored((0, 7, 150))
    alarm = Alarm(AT_LEAST_ONE)

    assert [alarm.evaluate(now, store) for now in (61, 121, 181)] == [None, None, 7]


def test_the_action_comes_at_the_turn_and_once_a_minute():
    fast = replace(AT_LEAST_ONE, queries={"v": MetricQuery(KEY, "Maximum", 10)})
    store = stored(*((second, 1, second) for second in range(0, 300, 10)))
    alarm = Alarm(fast)
    acted = [second for second in range(10, 150, 10) if alarm.evaluate(second, store) is not None]

    assert acted == [10, 70, 130]


def test_without_data_it_does_not_act():
    alarm = Alarm(AT_LEAST_ONE)

    assert alarm.evaluate(600, MetricStore()) is None
    assert alarm.state == AlarmState.INSUFFICIENT_DATA


def test_statistics_are_of_the_points_in_the_period():
    store = stored((0, 1, 0), (60, 5, 0), (120, 3, 0), (300, 99, 0))

    def value(statistic: str) -> float | None:
        return store.statistic(MetricQuery(KEY, statistic, 300), 0, 300, 1_000)

    assert [value(name) for name in ("Maximum", "Minimum", "Sum", "Average", "SampleCount")] == [5, 1, 9, 3, 3]
