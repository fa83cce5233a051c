import Hypervisor
import Telemetry

extension MeterRow {
    /// The state of the domain.
    static let power: [MeterRow] = [
        MeterRow(
            "power.state", .gauge, "", .state,
            .instance { .counter($0.stats.state, else: .noStatistics("state")) }
        ).alsoWhenStopped
    ]
}
