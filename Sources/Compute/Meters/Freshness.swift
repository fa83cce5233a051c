import Hypervisor
import Telemetry

/// Judges whether the guest's own memory figures are current. libvirt goes on serving old ones for ever after the
/// statistics period was set to 0, the guest's driver died or the guest was paused; only `balloon.last-update` tells.
enum Freshness {
    /// Figures may be three statistics periods old, and 60 s in any case.
    static func limit(period: Int?) -> Int { max(60, 3 &* max(0, min(period ?? 0, 1_000_000))) }

    /// `nil` if the figures are current, else why they are not.
    static func problem(
        of stats: DomainStats, instance: Instance, state: PowerState, at now: Timestamp, policy: StalePolicy
    ) -> MissingReason? {
        guard policy == .withhold else { return nil }
        guard let update = stats.balloon.lastUpdate else {
            // Only QEMU's figures come from inside the guest, at some time or other; containers' are the host's own.
            return instance.type == "kvm" || instance.type == "qemu" ? .unknownAge : nil
        }
        guard update > 0 else { return .noDriver }
        let limit = limit(period: instance.balloon.period)
        // Bounded, as libvirt's number may be anything.
        let age = Int(min(max(Int128(now.microseconds / 1_000_000) - update, -1 << 40), 1 << 40))
        if age < -limit { return .fromTheFuture(seconds: -age) }
        guard age > limit else { return nil }
        let cause: MissingReason.StaleCause =
            switch state.vmState {
            case "paused", "suspended": .paused
            default: instance.balloon.period ?? 0 > 0 ? .driverSilent : .noPeriod
            }
        return .stale(age: age, limit: limit, cause: cause)
    }
}
