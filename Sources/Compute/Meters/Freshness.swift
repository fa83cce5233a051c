import Hypervisor
import Telemetry

/// Judges whether the guest's own memory figures are current. libvirt goes on serving old ones for ever after the
/// statistics period was set to 0, the guest's driver died or the guest was paused; only `balloon.last-update` tells.
enum Freshness {
    /// Figures may be three statistics periods old, and 60 s in any case.
    static func limit(period: Int?) -> Int { max(60, 3 &* max(0, min(period ?? 0, 1_000_000))) }

    /// `nil` if the figures are current, else why they are not. `witness` is what earlier polls saw of them.
    static func problem(
        of stats: DomainStats, instance: Instance, state: PowerState, at now: Timestamp, policy: StalePolicy,
        witness: GuestReports.Witness?
    ) -> MissingReason? {
        guard policy == .withhold else { return nil }
        guard let update = stats.balloon.lastUpdate else {
            // Only QEMU's figures come from inside the guest, at some time or other; containers' are the host's own.
            return instance.type == "kvm" || instance.type == "qemu" ? .unknownAge : nil
        }
        guard update > 0 else { return .noDriver }
        let limit = limit(period: instance.balloon.period)
        if let atMost = witness?.atMost, atMost <= .seconds(limit) { return nil }
        // Bounded, as libvirt's number may be anything.
        let byClock = Int(min(max(Int128(now.microseconds / 1_000_000) - update, -1 << 40), 1 << 40))
        let age = max(byClock, witness.map { Int($0.atLeast / .seconds(1)) } ?? byClock)
        if byClock < -limit, age <= limit { return .fromTheFuture(seconds: -byClock) }
        guard age > limit else { return nil }
        let cause: MissingReason.StaleCause =
            switch state.vmState {
            case "paused", "suspended": .paused
            default: instance.balloon.period ?? 0 > 0 ? .driverSilent : .noPeriod
            }
        return .stale(age: age, limit: limit, cause: cause)
    }
}

/// What polls have seen of guests' reports, by a clock that nobody sets: `balloon.last-update` is by the host's clock,
/// under which an old report looks young, or a young one old, after that clock was set.
struct GuestReports {
    private var guests: [String: Guest] = [:]
    /// The last cycle, by both clocks.
    private var last: (wall: Timestamp, monotonic: Duration)?
    /// Whether the host's clock was set since the first cycle.
    private var isClockSet = false

    private struct Guest {
        let id: Int?
        var update: Int128
        /// When this report was first seen.
        var since: Duration
        /// The last look that saw an earlier report of the same run.
        var before: Duration?
        var last: Duration
    }

    /// Bounds of a report's age.
    struct Witness {
        /// The time since it was first seen.
        let atLeast: Duration
        /// The time since it was not there yet; `nil` if that was never seen, or if the host's clock was never set: then
        /// `balloon.last-update` tells it better.
        let atMost: Duration?
    }

    /// Begins a cycle, or goes on with it for another task.
    mutating func beginCycle(at wall: Timestamp, _ monotonic: Duration) {
        if let last {
            let drift =
                (wall.microseconds - last.wall.microseconds) / 1_000_000
                - Int64((monotonic - last.monotonic) / .seconds(1))
            if abs(drift) > 1 { isClockSet = true }
        }
        last = (wall, monotonic)
    }

    /// Takes a look at a guest's latest report. `nil` if there is none.
    mutating func look(at reading: DomainReading, now: Duration) -> Witness? {
        guard let update = reading.stats.balloon.lastUpdate, update > 0 else { return nil }
        let uuid = reading.domain.uuid
        var guest: Guest
        if let known = guests[uuid], known.id == reading.domain.id {
            guest = known
            if guest.update != update {
                guest.update = update
                guest.before = guest.last
                guest.since = now
            }
            guest.last = now
        } else {
            guest = Guest(id: reading.domain.id, update: update, since: now, last: now)
        }
        guests[uuid] = guest
        return Witness(atLeast: now - guest.since, atMost: isClockSet ? guest.before.map { now - $0 } : nil)
    }

    /// Forgets all guests but those of a reading.
    mutating func keep(only domains: [DomainReading]) {
        guard guests.count > domains.count else { return }
        let present = Set(domains.map(\.domain.uuid))
        guests = guests.filter { present.contains($0.key) }
    }
}
