import ArgumentParser

/// `aerostat outbox`
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Look at what waits on disk, and decide about what receivers have refused.",
        discussion: """
            Samples wait in a queue for each publisher until its receiver has taken them. A payload that the receiver \
            will never take (400 and the like) is put aside, with the receiver's reason, so that the queue goes on; \
            there it stays until you retry it or drop it. All of this works while the agent runs, and while it does \
            not; a running agent notices with its next cycle.

            A publisher that is in pipeline.yaml no more keeps its queue. Its samples go on when it is back, or are \
            dropped by aerostat outbox drop --waiting.

            EXAMPLES
              aerostat outbox
              aerostat outbox show 17
              aerostat outbox show 17 --body | jq .
              aerostat outbox retry 17 18
              aerostat outbox drop --all
              aerostat outbox drop --waiting http://old-collector:8080/v1/samples

            EXIT STATUS
              0   done
              1   it failed: no such payload, or the database cannot be used
              78  ceilometer.conf has errors
            """,
        subcommands: [
            OutboxListCommand.self, OutboxShowCommand.self, OutboxRetryCommand.self, OutboxDropCommand.self,
        ],
        defaultSubcommand: OutboxListCommand.self)
}
