import Agent
import ArgumentParser
import Configuration
import Foundation
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

            EXAMPLES
              aerostat record host.json
              aerostat record --cycles 12 --interval 10 host.json
            """)

    @OptionGroup var configuration: ConfigurationOptions

    @Option(help: ArgumentHelp("How many polls.", valueName: "count"))
    var cycles = 1

    @Option(help: ArgumentHelp("Seconds between polls.", valueName: "seconds"))
    var interval = 5.0

    @Argument(help: "The file to write. A file that is there is replaced when the recording is done.")
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
        let settings = try await configuration.load(needsPipelines: false).settings
        let hypervisor = Hypervisors.libvirt(settings, logger: .quiet)
        let recorded: Recording
        do {
            recorded = try await record(hypervisor, host: settings.host)
        } catch {
            await hypervisor.close()
            throw error
        }
        await hypervisor.close()
        StandardError.write(
            "\(recorded.cycles.count) cycles, \(recorded.cycles.last?.domains.count ?? 0) domains in \(file)\n")
    }

    private func record(_ hypervisor: LibvirtHypervisor, host: String) async throws -> Recording {
        var recording = Recording(host: host, cycles: [])
        do {
            for number in 0..<cycles {
                if number > 0 { try await Task.sleep(for: .seconds(interval)) }
                recording.cycles.append(try await hypervisor.record())
            }
        } catch let error as HypervisorError {
            throw Failure(code: ExitStatus.failed, message: error.description)
        }
        let json = try recording.json()
        let path = file
        let failure: String? = await offPool {
            do {
                try Data(json).write(to: URL(filePath: path), options: .atomic)
                return nil
            } catch {
                return (error as NSError).localizedDescription
            }
        }
        if let failure { throw Failure(code: ExitStatus.failed, message: "\(file): \(failure)") }
        return recording
    }
}
