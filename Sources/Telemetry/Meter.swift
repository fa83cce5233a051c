/// What is measured: a name, a type and a unit. One object for all samples of a meter, so that its part of the JSON is
/// encoded once.
public final class Meter: Sendable {
    /// Ceilometer's name, such as `memory.usage`.
    public let name: String
    /// How volumes are to be read.
    public let type: MeterType
    /// Ceilometer's unit, such as `MiB`, `ns` or `B`.
    public let unit: String
    /// The opening of every sample's JSON object, up to and including the key `"volume": `.
    let jsonHead: [UInt8]
    /// How many bytes that takes.
    let jsonSize: Int

    /// A meter of the given name, type and unit.
    public init(name: String, type: MeterType, unit: String) {
        self.name = name
        self.type = type
        self.unit = unit
        var json = JSONWriter()
        json.raw("{\"name\": ")
        json.string(name)
        json.raw(", \"type\": ")
        json.string(type.rawValue)
        json.raw(", \"unit\": ")
        json.string(unit)
        json.raw(", \"volume\": ")
        jsonHead = json.bytes
        jsonSize = jsonHead.count
    }
}

extension Meter: Equatable {
    /// Meters are equal if name, type and unit are.
    public static func == (a: Meter, b: Meter) -> Bool {
        a === b || (a.name == b.name && a.type == b.type && a.unit == b.unit)
    }
}
