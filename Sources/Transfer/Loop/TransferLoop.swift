import CLibcurl
import Digest
import Glibc
import Synchronization
import Threads

/// The thread that runs libcurl. Each instance is made, used and freed inside `run` on that thread and is not Sendable,
/// so neither its handles nor its exchanges can be touched from elsewhere; only `TransferInbox` is shared.
final class TransferLoop {
    private let inbox: TransferInbox
    private let multi: UnsafeMutableRawPointer
    private var exchanges: [UnsafeMutableRawPointer: Exchange] = [:]
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    private var stopping: [CheckedContinuation<Void, Never>] = []
    private var isStopping = false

    /// Once for the process (libcurl: `curl_global_init`), before any other call.
    private static let globalInit = {
        _ = Digest.library
        return curl_global_init_default()
    }()

    /// Starts a thread that serves the inbox until it is told to stop.
    static func start(named name: String, inbox: TransferInbox) {
        startThread(named: name) {
            guard globalInit == CURLE_OK, let multi = curl_multi_init() else {
                return refuse(inbox, "libcurl could not be started")
            }
            let loop = TransferLoop(inbox: inbox, multi: multi)
            let waiting = loop.run()
            for continuation in waiting { continuation.resume() }
        }
    }

    /// Ends the service before it began: everything asked is answered with an error.
    private static func refuse(_ inbox: TransferInbox, _ detail: String) {
        for command in inbox.close() {
            switch command {
            case .start(_, let request, let continuation):
                continuation.resume(returning: .failure(.init(.other, url: request.url, detail: detail)))
            case .cancel: break
            case .stop(let continuation): continuation?.resume()
            }
        }
    }

    private init(inbox: TransferInbox, multi: UnsafeMutableRawPointer) {
        self.inbox = inbox
        self.multi = multi
        // Idle connections to keep, over all hosts.
        _ = curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, 16)
    }

    /// Serves until told to stop; returns who waits for that.
    private func run() -> [CheckedContinuation<Void, Never>] {
        inbox.open(sleeper: UInt(bitPattern: multi))
        while !isStopping {
            for command in inbox.take() { handle(command) }
            if isStopping { break }
            drive()
            finishCompleted()
            sleep()
        }
        for command in inbox.close() { handle(command) }
        for (_, exchange) in exchanges { end(exchange, .failure(.stopped(exchange.request))) }
        _ = curl_multi_cleanup(multi)
        return stopping
    }

    private func handle(_ command: TransferInbox.Command) {
        switch command {
        case .start(let ticket, let request, let continuation):
            start(ticket, request, continuation)
        case .cancel(let ticket):
            if let handle = handles[ObjectIdentifier(ticket)], let exchange = exchanges[handle] {
                end(exchange, .failure(.cancelled(request: exchange.request, wasSent: exchange.wasSent)))
            }
        case .stop(let continuation):
            isStopping = true
            if let continuation { stopping.append(continuation) }
        }
    }

    private func start(
        _ ticket: TransferTicket, _ request: TransferRequest,
        _ continuation: CheckedContinuation<TransferOutcome, Never>
    ) {
        if isStopping { return continuation.resume(returning: .failure(.stopped(request))) }
        if ticket.isCancelled.load(ordering: .sequentiallyConsistent) {
            return continuation.resume(returning: .failure(.cancelled(request: request, wasSent: false)))
        }
        if exchanges.count >= Transfer.limit {
            let detail = "\(Transfer.limit) transfers are under way already"
            return continuation.resume(returning: .failure(.init(.overloaded, url: request.url, detail: detail)))
        }
        do throws(TransferError) {
            let exchange = try Exchange(request, ticket, continuation)
            let status = curl_multi_add_handle(multi, exchange.handle)
            guard status == CURLM_OK else {
                let detail = String(cString: curl_multi_strerror(status))
                throw TransferError(.other, url: request.url, detail: detail)
            }
            exchanges[exchange.handle] = exchange
            handles[ObjectIdentifier(ticket)] = exchange.handle
        } catch {
            continuation.resume(returning: .failure(error))
        }
    }

    private func drive() {
        var running: Int32 = 0
        let status = curl_multi_perform(multi, &running)
        if status != CURLM_OK { failAll(status) }
    }

    private func finishCompleted() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            // The message dies with the removal of its handle.
            let (kind, handle, result) = (message.pointee.msg, message.pointee.easy_handle, message.pointee.data.result)
            guard kind == CURLMSG_DONE, let handle, let exchange = exchanges[handle] else { continue }
            end(exchange, exchange.outcome(result))
        }
    }

    /// Sleeps until a socket, one of libcurl's timers or `TransferInbox.send` wants something; with no transfer under
    /// way there is nothing but the latter.
    private func sleep() {
        let status = curl_multi_poll(multi, nil, 0, .max, nil)
        guard status != CURLM_OK else { return }
        failAll(status)
        // A poll that cannot sleep must not become a loop that never does.
        usleep(100_000)
    }

    private func failAll(_ status: CURLMcode) {
        let detail = String(cString: curl_multi_strerror(status))
        for (_, exchange) in exchanges {
            end(exchange, .failure(.init(.other, url: exchange.request.url, detail: detail, wasSent: exchange.wasSent)))
        }
    }

    private func end(_ exchange: Exchange, _ outcome: TransferOutcome) {
        _ = curl_multi_remove_handle(multi, exchange.handle)
        exchanges[exchange.handle] = nil
        handles[ObjectIdentifier(exchange.ticket)] = nil
        exchange.continuation.resume(returning: outcome)
    }
}

extension TransferError {
    static func cancelled(request: TransferRequest, wasSent: Bool) -> TransferError {
        TransferError(.cancelled, url: request.url, detail: "the request was cancelled", wasSent: wasSent)
    }
}
