import ArgumentParser

/// `aerostat outbox`
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Show what waits on disk, and decide about what receivers have refused.",
        discussion: """
            Samples wait in a queue for each publisher until its receiver has taken them. A payload that the receiver \
            refuses for good (400 and the like) while it accepts others is in quarantine, with the receiver's reason, \
            until you retry it or drop it. A receiver that refuses everything is taken for a mistake in the configuration: its \
            payloads stay in the queue. All commands work with the agent running or not; a running agent notices with \
            its next poll.

            A publisher that is no longer in pipeline.yaml keeps its queue. Its payloads are sent when it is back, or can be \
            moved to another queue, or dropped.

            EXAMPLES
              aerostat outbox
              aerostat outbox show 17
              aerostat outbox show 17 --body | jq .
              aerostat outbox retry 17-30
              aerostat outbox retry --now
              aerostat outbox move http://old-collector:8080/v1/samples http://collector:8080/v1/samples
              aerostat outbox drop --all
              aerostat outbox drop --waiting http://old-collector:8080/v1/samples

            EXIT STATUS
              0   done
              1   it failed: no such payload or queue, or the outbox may not be read
              78  ceilometer.conf has errors
            """,
        subcommands: [
            OutboxListCommand.self, OutboxShowCommand.self, OutboxRetryCommand.self, OutboxMoveCommand.self,
            OutboxDropCommand.self,
        ],
        defaultSubcommand: OutboxListCommand.self)
}
