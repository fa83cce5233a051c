/// One measurement: a meter's volume for a resource at a moment (Ceilometer: `ceilometer.sample.Sample`).
public struct Sample: Sendable {
    /// The message id.
    public let id: SampleID
    /// What was measured.
    public let meter: Meter
    /// What it was measured on.
    public let resource: Resource
    /// The number, in the meter's unit; always finite.
    public let volume: Volume
    /// When it was measured.
    public let timestamp: Timestamp
    /// When it was measured by a clock that nobody sets, since any fixed moment of this process; `nil` if that is not
    /// known. For the time between two samples.
    public let monotonicTime: Duration?

    /// A sample; the caller sees to it that the volume is finite.
    public init(
        id: SampleID, meter: Meter, resource: Resource, volume: Volume, timestamp: Timestamp,
        monotonicTime: Duration? = nil
    ) {
        self.id = id
        self.meter = meter
        self.resource = resource
        self.volume = volume
        self.timestamp = timestamp
        self.monotonicTime = monotonicTime
    }
}

extension Sample {
    /// About as many bytes as its JSON takes, and hardly ever fewer: room for many can be made at once.
    public var jsonSize: Int { meter.jsonSize + resource.jsonSize + 112 }
}

extension JSONWriter {
    /// A sample as the object that Ceilometer's http publisher posts. `monotonic_time` is null there, as the
    /// notification agent drops it (`ceilometer.pipeline.sample`). A signature comes last, as `message_signature`.
    public mutating func sample(_ sample: Sample, signature: String? = nil) {
        raw(sample.meter.jsonHead)
        volume(sample.volume)
        raw(sample.resource.jsonOwner)
        raw(sample.resource.jsonID)
        timestamp(sample.timestamp)
        raw(sample.resource.jsonMetadata)
        raw(sample.resource.jsonEnd)
        sampleID(sample.id)
        raw("\", \"monotonic_time\": null")
        if let signature {
            raw(", \"message_signature\": ")
            string(signature)
        }
        raw("}")
    }
}
