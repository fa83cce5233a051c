import Glibc
import Threads

/// HTTP requests through libcurl. All of libcurl runs on one thread of its own, which sleeps while there is nothing to
/// do; connections are kept for the next request to the same place. Proxies are taken from the environment as libcurl
/// does (`http_proxy`, `https_proxy`, `no_proxy`). Redirects are answers like any other.
///
/// Nothing that blocks runs on that thread: libcurl looks names up on threads of its own, and TLS files are read before
/// (`TLSFiles`). A caller does not depend on that thread: cancellation and the time limit are answered without it.
public final class Transfer: Sendable {
    private let inbox = TransferInbox()
    private let files = TLSFiles()

    /// Starts the thread. `threadName` is what `ps -L` shows, at most 15 bytes. `limit` is the number of requests
    /// under way at once, at least 1. Others wait. A request without an answer for `patience` gives its place to them.
    public init(
        threadName: String = "transfer", limit: Int = Transfer.descriptorLimit, patience: Duration = .seconds(10)
    ) {
        TransferLoop.start(named: threadName, inbox: inbox, limit: max(1, limit), patience: patience)
    }

    deinit {
        inbox.send(.stop(nil))
    }

    /// Three quarters of the file descriptors that the process may have, from 16 to 4096: each request takes one.
    public static var descriptorLimit: Int {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 256 }
        return max(16, Int(min(limits.rlim_cur, 5462)) * 3 / 4)
    }

    /// The server's answer, whatever its status. Throws if there is none; when the task is cancelled, at once, with
    /// the code `cancelled`.
    public func perform(_ request: TransferRequest) async throws(TransferError) -> TransferResponse {
        let ticket = TransferTicket()
        let outcome: TransferOutcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard ticket.wait(continuation) else { return }
                readFiles(request, ticket)
            }
        } onCancel: {
            ticket.answer(.failure(.cancelled(request: request, wasSent: ticket.isUnderWay)))
            giveUp(request, ticket)
        }
        return try outcome.get()
    }

    private func readFiles(_ request: TransferRequest, _ ticket: TransferTicket) {
        guard request.usesTLSFiles else { return start(request, ticket, TLSFiles.Contents()) }
        let limit = min(request.timeout, request.connectTimeout)
        ticket.set(
            TaskThread.agent.after(limit) { [self] in
                ticket.answer(TLSFiles.hanging(request, for: limit))
                giveUp(request, ticket)
            })
        files.read(request.tls, for: ticket) { [self] contents in
            switch contents {
            case .success(let contents): start(request, ticket, contents)
            case .failure(let failure):
                ticket.answer(
                    .failure(
                        TransferError(.tls, url: request.url, detail: failure.detail, tlsProblem: failure.problem)))
            }
        }
    }

    private func start(_ request: TransferRequest, _ ticket: TransferTicket, _ files: TLSFiles.Contents) {
        // libcurl keeps the time. This is for a thread that does not come back from libcurl.
        ticket.set(
            TaskThread.agent.after(request.timeout * 2 + Self.grace) { [self] in
                let detail = "the transfer thread has not answered in time"
                ticket.answer(
                    .failure(TransferError(.timeout, url: request.url, detail: detail, wasSent: ticket.isUnderWay)))
                giveUp(request, ticket)
            })
        if !inbox.send(.start(ticket, request, files)) { ticket.answer(.failure(.stopped(request))) }
    }

    private func giveUp(_ request: TransferRequest, _ ticket: TransferTicket) {
        files.forget(request.tls, for: ticket)
        inbox.send(.cancel(ticket))
    }

    /// Beyond a request's own time, which may pass once while it waits for its turn, and once more under way.
    private static let grace = Duration.seconds(5)
    /// How long `shutdown` waits for libcurl to return.
    private static let shutdownLimit = Duration.seconds(1)

    /// Ends all transfers that are under way with `cancelled`, closes all connections and ends the thread. Every
    /// request from now on fails with `cancelled`. Returns after a second at most; the thread ends when libcurl returns.
    public func shutdown() async {
        let end = OneAnswer<Void>()
        await withCheckedContinuation { continuation in
            guard end.wait(continuation) else { return }
            end.set(TaskThread.agent.after(Self.shutdownLimit) { end.answer(()) })
            if !inbox.send(.stop(end)) { end.answer(()) }
        }
    }
}

extension TransferRequest {
    fileprivate var usesTLSFiles: Bool {
        guard url.prefix(8).lowercased() == "https://" else { return false }
        if case .authorities = tls.trust { return true }
        return tls.clientCertificate != nil || tls.clientKey != nil
    }
}

extension TransferError {
    static func stopped(_ request: TransferRequest) -> TransferError {
        TransferError(.cancelled, url: request.url, detail: "transfers have been shut down")
    }

    static func cancelled(request: TransferRequest, wasSent: Bool) -> TransferError {
        TransferError(.cancelled, url: request.url, detail: "the request was cancelled", wasSent: wasSent)
    }
}
