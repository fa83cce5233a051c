import ArgumentParser
import FlyingFox
import FlyingSocks
import FoundationEssentials

@main
struct CollectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collector",
        abstract: "Receives Ceilometer samples over HTTP and shows them.",
        discussion: """
            Takes POSTs of samples as Ceilometer's http publisher sends them (a JSON array, or one object) on any path, \
            and answers 200 when it has taken them, 400 with a line that says what is wrong otherwise. It is made for \
            trying an agent out and for tests: it keeps the newest figures in memory, and nothing is authenticated.

            With --table it shows the memory figures of every instance that it has received: on a terminal in place, \
            once a second; else as text below each other whenever samples have come. Why a figure is missing comes \
            from the agent's status endpoint (--status-url); if that does not answer, the table says "not received".

            It runs until it is interrupted.
            """)

    @Option(help: ArgumentHelp("Where to listen. Port 0 takes a free one.", valueName: "address:port"))
    var listen = ListenAddress.standard

    @Option(help: ArgumentHelp("Writes the port there once it listens.", valueName: "file"))
    var portFile: String?

    @Flag(help: "Shows a table of what was received.")
    var table = false

    @Option(help: ArgumentHelp("The status endpoint of the agent that sends the samples.", valueName: "url"))
    var statusUrl: StatusEndpoint?

    @Option(help: ArgumentHelp("Appends every sample to this file, one a line, as it came.", valueName: "file"))
    var jsonl: String?

    func run() async throws {
        let collector = Collector()
        let journal: Descriptor? = if let jsonl { try await Descriptor(appendingTo: jsonl) } else { nil }
        let server = try listen.makeServer(handler: SampleReceiver(collector: collector, journal: journal))
        try await withThrowingTaskGroup { group in
            group.addTask {
                do { try await server.run() } catch {
                    throw CollectorError("cannot listen on \(listen): \(reason(error))")
                }
            }
            group.addTask {
                try await server.waitUntilListening(timeout: 10)
                guard let port = await server.port else { throw CollectorError("the server has no port") }
                try announce(port)
                if table {
                    try await LiveTable(collector: collector, title: "collector \(listen.with(port: port))").run()
                } else {
                    try await Descriptor.standardOutput.write(
                        Array("collector listens on \(listen.with(port: port))\n".utf8))
                }
            }
            if let statusUrl {
                group.addTask {
                    while !Task.isCancelled {
                        await collector.take(await statusUrl.status(within: .seconds(2)))
                        try await Task.sleep(for: .seconds(1))
                    }
                }
            }
            // Whatever fails ends all: `waitForAll` would wait for those that run for ever.
            for try await _ in group {}
        }
    }

    private func reason(_ error: any Error) -> String {
        if case .failed(_, _, let message)? = error as? SocketError { message } else { "\(error)" }
    }

    private func announce(_ port: UInt16) throws {
        guard let portFile else { return }
        do {
            // Atomic: whoever waits for the file must not read half of a number.
            try Data("\(port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic)
        } catch {
            throw CollectorError("cannot write the port to \(portFile): \(error)")
        }
    }
}

/// Why the collector ends.
struct CollectorError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
