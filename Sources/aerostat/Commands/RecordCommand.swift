import Agent
import ArgumentParser
import Configuration
import Hypervisor
import Libvirt
import Logging
import Threads

/// `aerostat record`
struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record what libvirt says of this host, to be attached to a bug report or replayed.",
        discussion: """
            Writes every domain's description and statistics, of one or more polls, to a JSON file, which \
            aerostat samples --replay and aerostat run --replay poll in place of libvirt. The file holds everything that \
            the descriptions hold: names, owners, addresses. Look through it before you give it away.

            A file that is there is replaced when the recording is complete; its mode and owner stay. A link is followed. \
            A pipe or a device is written into. - is standard output.

            EXAMPLES
              aerostat record /tmp/host.json
              aerostat record --cycles 12 --interval 10 /tmp/host.json
              aerostat record - | jq '.cycles[0].domains[].name'
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: ArgumentHelp("How many polls.", valueName: "count"))
    var cycles = 1

    @Option(help: ArgumentHelp("Seconds between polls.", valueName: "seconds"))
    var interval = 5.0

    @Argument(help: "The file to write; - for standard output.")
    var file: String

    func validate() throws {
        guard (1...10_000).contains(cycles) else {
            throw ValidationError("--cycles is \(cycles), expected 1 to 10000")
        }
        guard interval >= 0, interval <= 86_400 else {
            throw ValidationError("--interval is \(interval), expected 0 to 86400 seconds")
        }
    }

    func run() async throws {
        let path = file
        // Before the polls, which may take hours.
        let output = try await offPool { () throws(Failure) in try OutputFile(path) }
        let settings = try await configuration.load(needsPipelines: false).settings
        let hypervisor = Hypervisors.libvirt(settings, logger: .quiet)
        let recorded: Recording
        do {
            recorded = try await record(hypervisor, host: settings.host)
            let json = try recorded.json()
            try await offPool { () throws(Failure) in try output.write(json) }
        } catch let error as HypervisorError {
            await hypervisor.close()
            throw Failure(code: ExitStatus.failed, message: error.description)
        } catch {
            await hypervisor.close()
            throw error
        }
        await hypervisor.close()
        let (polls, domains) = (recorded.cycles.count, recorded.cycles.last?.domains.count ?? 0)
        StandardError.write(
            "\(polls) poll\(polls == 1 ? "" : "s"), \(domains) domain\(domains == 1 ? "" : "s") in "
                + "\(file == "-" ? "standard output" : file)\n")
    }

    private func record(_ hypervisor: LibvirtHypervisor, host: String) async throws -> Recording {
        var recording = Recording(host: host, cycles: [])
        for number in 0..<cycles {
            if number > 0 { try await TaskThread.agent.sleep(for: .seconds(interval)) }
            recording.cycles.append(try await hypervisor.record())
        }
        return recording
    }
}
