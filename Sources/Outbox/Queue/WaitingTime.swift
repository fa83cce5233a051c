import Telemetry

/// Tells how long payloads have waited, by two witnesses: the wall clock, which survives a restart but may jump, and the
/// monotonic clock, which does not jump but begins with the process.
///
/// - A payload of this run has waited as long as the monotonic clock says since it was written.
/// - For one of an earlier run only the wall clock can tell. It is believed if it has said so at every look of an hour
///   (of the limit, if that is shorter). So an agent drops nothing by age in its first hour, and nothing because of a
///   clock that is ahead for less than that.
/// - In both cases the payload must be too old by the wall clock too: a clock that was set back drops nothing.
struct WaitingTime {
    /// What may be dropped by age.
    struct Cutoff: Equatable {
        /// The newest sample is older than this.
        let olderThan: Timestamp
        /// Rows up to this one.
        let through: Int64
    }

    private struct Look {
        let at: Duration
        /// Wall clock less monotonic clock, in microseconds.
        let offset: Int64
    }

    private let limit: Duration?
    private let confirmation: Duration
    /// Looks whose offset is the least of all later ones; oldest first.
    private var looks: [Look] = []
    private var firstLook: Duration?
    /// The first row of this run.
    private var firstRow: Int64?
    /// When rows of this run were written: the last row of each mark was written at its time.
    private var marks: [(row: Int64, at: Duration)] = []

    init(limit: Duration?) {
        self.limit = limit
        confirmation = limit.map { min($0, .seconds(3600)) } ?? .zero
    }

    /// Rows were written.
    mutating func wrote(_ rows: ClosedRange<Int64>, at now: Duration) {
        guard let limit else { return }
        if firstRow == nil { firstRow = rows.lowerBound }
        // A thousand marks in the time of the limit are exact enough.
        if let last = marks.last, marks.count > 1, now - marks[marks.count - 2].at < limit / 1000 {
            marks[marks.count - 1] = (max(last.row, rows.upperBound), now)
        } else {
            marks.append((rows.upperBound, now))
        }
        while marks.count > 2, now - marks[1].at > limit { marks.removeFirst() }
    }

    /// The clocks show this; what is too old now, if anything can be.
    mutating func look(wall: Timestamp, monotonic now: Duration) -> Cutoff? {
        guard let limit else { return nil }
        let look = Look(at: now, offset: wall.microseconds - Int64(now / .microseconds(1)))
        let first = firstLook ?? now
        firstLook = first
        while let last = looks.last, last.offset >= look.offset { looks.removeLast() }
        looks.append(look)
        // The newest of those that are older than the time of confirmation still counts: there may be none within it.
        while looks.count > 1, looks[1].at <= now - confirmation { looks.removeFirst() }
        guard now - first >= confirmation, let least = looks.first?.offset else { return nil }
        let believed = Int64(now / .microseconds(1)) + least
        let old = marks.last { now - $0.at > limit }?.row
        return Cutoff(
            olderThan: Timestamp(microseconds: believed - Int64(limit / .microseconds(1))),
            through: old ?? firstRow.map { $0 - 1 } ?? .max)
    }
}
