import Foundation
import Synchronization
import TestServers

/// A fault of a collector: what it does to the agent's requests while it lasts.
struct CollectorFault: Sendable {
    let name: String
    /// What the publisher's URL says of it.
    var parameters = ""
    /// How the collector reacts; `nil` if it does not listen at all.
    var reaction: FaultyCollector.Fault?
    /// Nobody listens from the start on.
    var isAbsentAtStart = false
    /// The fewest requests that the fault must have met to be one.
    var requests = 1
    /// The fewest seconds between a request of the fault and the next.
    var pause = 0.0
    /// Whether the receiver takes samples without the agent's knowing.
    var doubles = false
    /// How many payloads end in quarantine.
    var quarantines = 0

    private static let impatient = "?timeout=2&max_retries=0"

    /// Those that the agent overcomes by itself once they are mended.
    static let passing: [CollectorFault] = [
        CollectorFault(name: "absent at start", requests: 0, isAbsentAtStart: true),
        CollectorFault(name: "refusing connections", requests: 0),
        CollectorFault(name: "hanging after accept", parameters: impatient) { _, _ in .refuses(.hang) },
        CollectorFault(name: "hanging in mid-body", parameters: impatient) { _, _ in
            .takesAnswering(.stall(text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"taken\"")))
        },
        CollectorFault(name: "resetting") { _, _ in .refuses(.reset) },
        CollectorFault(name: "answering after 0.3 s", requests: 3) { _, _ in .takes(after: 0.3) },
        CollectorFault(name: "answering slower than it is polled") { _, _ in .takes(after: 1.6) },
        CollectorFault(name: "answering after the time-out", parameters: impatient, doubles: true) { _, _ in
            .takesUnheard(.ok, after: 3)
        },
        CollectorFault(name: "half a status line", doubles: true) { _, _ in
            .takesUnheard(.bytes(text("HTTP/1.1 2")))
        },
        CollectorFault(name: "half a header", doubles: true) { _, _ in
            .takesUnheard(.bytes(text("HTTP/1.1 200 OK\r\nContent-Le")))
        },
        CollectorFault(name: "an interim answer alone", doubles: true) { _, _ in
            .takesUnheard(.bytes(text("HTTP/1.1 100 Continue\r\n\r\n")))
        },
        CollectorFault(name: "half a body") { _, _ in
            .takesAnswering(.bytes(text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"taken\"")))
        },
        CollectorFault(name: "answer lost after acceptance", doubles: true) { _, _ in .takesUnheard(.bytes([])) },
        CollectorFault(name: "408") { _, _ in .refuses(.status(408)) },
        CollectorFault(name: "425") { _, _ in .refuses(.status(425)) },
        CollectorFault(name: "429") { _, _ in .refuses(.status(429)) },
        CollectorFault(name: "500") { _, _ in .refuses(.status(500)) },
        CollectorFault(name: "503") { _, _ in .refuses(.status(503)) },
        CollectorFault(name: "503 with Retry-After in seconds", requests: 2, pause: 2) { _, _ in
            .refuses(.status(503, headers: ["Retry-After: 2"]))
        },
        // A date has whole seconds: three of them are two at least.
        CollectorFault(name: "503 with Retry-After as a date", requests: 2, pause: 2) { _, _ in
            .refuses(.status(503, headers: ["Retry-After: \(HTTPDate.string(Date.now + 3))"]))
        },
        CollectorFault(name: "413 above 10 samples", requests: 5) { samples, _ in
            samples.count > 10 ? .refuses(.status(413)) : .takes()
        },
        CollectorFault(name: "400 for two poisoned payloads", requests: 3, quarantines: 2) { _, number in
            number == 0 || number == 2 ? .refuses(.status(400)) : .takes()
        },
    ]

    /// Those that last until an operator mends them, and are tried again after minutes only.
    static let refusals: [CollectorFault] = [
        CollectorFault(name: "301") { _, _ in .refuses(.status(301, headers: ["Location: \(newPlace)"])) },
        CollectorFault(name: "308") { _, _ in .refuses(.status(308, headers: ["Location: \(newPlace)"])) },
        CollectorFault(name: "401") { _, _ in .refuses(.status(401)) },
        CollectorFault(name: "403") { _, _ in .refuses(.status(403)) },
        CollectorFault(name: "404") { _, _ in .refuses(.status(404)) },
        CollectorFault(name: "405") { _, _ in .refuses(.status(405)) },
    ]

    /// Where the refusals of 3xx point to.
    static let newPlace = "http://elsewhere.example:8088/v2/samples"

    init(
        name: String, parameters: String = "", requests: Int = 1, pause: Double = 0, doubles: Bool = false,
        quarantines: Int = 0, isAbsentAtStart: Bool = false, reaction: FaultyCollector.Fault? = nil
    ) {
        self.name = name
        self.parameters = parameters
        self.reaction = reaction
        self.isAbsentAtStart = isAbsentAtStart
        self.requests = requests
        self.pause = pause
        self.doubles = doubles
        self.quarantines = quarantines
    }

    private static func text(_ string: String) -> [UInt8] { Array(string.utf8) }
}

/// A moment as HTTP writes it.
enum HTTPDate {
    static func string(_ date: Date) -> String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
                \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\
                \(second: .twoDigits) GMT
                """,
            locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        return date.formatted(style)
    }
}
