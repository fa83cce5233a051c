/// `virDomainState` with Ceilometer's words for it (ceilometer.compute.virt.libvirt.utils,
/// `LIBVIRT_POWER_STATE` and `LIBVIRT_STATUS`).
struct PowerState: Sendable, Hashable {
    /// libvirt's number.
    let rawValue: Int

    /// `nil` for a number that no state has.
    init?(_ number: Int128) {
        guard let small = Int(exactly: number), Self.words.indices.contains(small) else { return nil }
        rawValue = small
    }

    static let words: [(vmState: String, status: String)] = [
        ("pending", "building"),  // VIR_DOMAIN_NOSTATE
        ("running", "active"),  // VIR_DOMAIN_RUNNING
        ("running", "active"),  // VIR_DOMAIN_BLOCKED
        ("paused", "paused"),  // VIR_DOMAIN_PAUSED
        ("shutdown", "stopped"),  // VIR_DOMAIN_SHUTDOWN
        ("shutdown", "stopped"),  // VIR_DOMAIN_SHUTOFF
        ("crashed", "error"),  // VIR_DOMAIN_CRASHED
        ("suspended", "suspended"),  // VIR_DOMAIN_PMSUSPENDED
    ]

    static let noState = PowerState(unchecked: 0)
    static let paused = PowerState(unchecked: 3)
    static let shutOff = PowerState(unchecked: 5)

    private init(unchecked number: Int) { rawValue = number }

    /// `resource_metadata.state`.
    var vmState: String { Self.words[rawValue].vmState }
    /// `resource_metadata.status`.
    var status: String { Self.words[rawValue].status }
}
