import Telemetry

/// What a meter yields for a resource in one cycle.
enum Measurement {
    case volume(Volume)
    case missing(MissingReason)

    /// A count or counter as libvirt sent it. Below 0 stands for "unknown" in libvirt's counters.
    static func counter(_ value: Int128?, else reason: @autoclosure () -> MissingReason) -> Measurement {
        guard let value else { return .missing(reason()) }
        return value < 0 ? .missing(.negative(value)) : .volume(.integer(value))
    }

    /// An amount of KiB, in MiB. Ceilometer divides by 1024 and keeps the fraction.
    static func mebibytes(_ kibibytes: Int128?, else reason: @autoclosure () -> MissingReason) -> Measurement {
        guard let kibibytes else { return .missing(reason()) }
        return kibibytes < 0 ? .missing(.negative(kibibytes)) : .volume(.real(kibibytes.double / 1024))
    }
}
