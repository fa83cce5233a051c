import Synchronization

/// HTTP requests through libcurl. All of libcurl runs on one thread of its own, which sleeps while there is nothing to
/// do; connections are kept for the next request to the same place. Proxies are taken from the environment as libcurl
/// does (`http_proxy`, `https_proxy`, `no_proxy`). Redirects are answers like any other.
public final class Transfer: Sendable {
    /// How many transfers can be under way at once; each beyond that fails with `overloaded`. The commands that wait
    /// for the thread are bounded by it as well, since each belongs to a task that waits.
    public static let limit = 256

    private let inbox = TransferInbox()

    /// Starts the thread. `threadName` is what `ps -L` shows, at most 15 bytes.
    public init(threadName: String = "transfer") {
        TransferLoop.start(named: threadName, inbox: inbox)
    }

    deinit {
        inbox.send(.stop(nil))
    }

    /// The server's answer, whatever its status. Throws if there is none; when the task is cancelled, at once, with
    /// the code `cancelled`.
    public func perform(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
        let ticket = TransferTicket()
        let outcome: TransferOutcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if !inbox.send(.start(ticket, request, continuation)) {
                    continuation.resume(returning: .failure(.stopped(request)))
                }
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .sequentiallyConsistent)
            inbox.send(.cancel(ticket))
        }
        return try outcome.get()
    }

    /// Ends all transfers that are under way with `cancelled`, closes all connections and ends the thread. Every
    /// request from now on fails with `cancelled`.
    public func shutdown() async {
        await withCheckedContinuation { continuation in
            if !inbox.send(.stop(continuation)) { continuation.resume() }
        }
    }
}

extension TransferError {
    static func stopped(_ request: TransferRequest) -> TransferError {
        TransferError(.cancelled, url: request.url, detail: "transfers have been shut down")
    }
}
