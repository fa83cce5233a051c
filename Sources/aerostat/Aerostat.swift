import ArgumentParser

/// The command as a whole.
struct Aerostat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aerostat",
        abstract: "A Ceilometer-compatible telemetry agent for KVM hosts.",
        discussion: """
            Aerostat discovers the instances of this host through libvirt, turns their statistics into Ceilometer's \
            compute meters, routes them as polling.yaml and pipeline.yaml say, and delivers them over HTTP, to Gnocchi too. Samples \
            wait on disk until the receiver has taken them.

            FILES
              Without --config-file, ceilometer.conf is looked for where Ceilometer looks: ~/.ceilometer, ~, \
            /etc/ceilometer, /etc. polling.yaml and pipeline.yaml are looked for in the same places, or where \
            [polling] cfg_file and [DEFAULT] pipeline_cfg_file say.

            EXIT STATUS
              0   done
              1   it failed
              2   wrong usage
              78  the configuration cannot be used

            SIGNALS (aerostat run)
              TERM, INT  end within five seconds; samples are delivered or kept on disk
              HUP        read the configuration anew; if it has errors, keep the old one
            """,
        version: version,
        subcommands: [
            RunCommand.self, SamplesCommand.self, CheckCommand.self, OutboxCommand.self, RecordCommand.self,
            GnocchiUpgradeCommand.self,
        ])
}
