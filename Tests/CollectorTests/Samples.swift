import FoundationEssentials
import Telemetry

@testable import collector

extension ReceivedSample {
    /// A sample of `web` that was taken so many seconds after 1970.
    static func of(
        _ meter: String, _ volume: Double, at seconds: Int64, instance: String = "u1", name: String? = "web"
    ) -> ReceivedSample {
        ReceivedSample(
            meter: meter, volume: volume, instance: instance, displayName: name, project: "p1",
            timestamp: Timestamp(seconds: seconds))
    }
}

/// A sample as Ceilometer's http publisher writes it.
func sampleJSON(_ meter: String, _ volume: String, instance: String = "a0000000-0000-4000-8000-000000000001") -> String
{
    """
    {"name": "\(meter)", "type": "gauge", "unit": "MiB", "volume": \(volume), "user_id": "u", "user_name": null, \
    "project_id": "c2334f175d8b4cb8b1db49d83cecde78", "project_name": null, "resource_id": "\(instance)", \
    "timestamp": "2026-11-22T18:47:16.072568", "resource_metadata": {"display_name": "Z\\u00fcrich-\\ud83d\\ude00", \
    "instance_id": "\(instance)", "flavor": {"vcpus": 2}, "image": null}, "source": "openstack", \
    "id": "00000000-0000-1000-8000-000000000001", "monotonic_time": null}
    """
}
