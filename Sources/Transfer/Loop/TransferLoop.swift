import CLibcurl
import Digest
import Glibc
import Threads

/// The thread that runs libcurl. Each instance is made, used and freed inside `run` on that thread and is not Sendable,
/// so neither its handles nor its exchanges can be touched from elsewhere; only `TransferInbox` is shared.
final class TransferLoop {
    /// A request that waits for its turn.
    private struct Waiting {
        let ticket: TransferTicket
        let request: TransferRequest
        let files: TLSFiles.Contents
        let deadline: MonotonicTime
    }

    private let inbox: TransferInbox
    private let multi: UnsafeMutableRawPointer
    private let limit: Int
    /// A request keeps its place for so long, however many wait for one.
    private let patience: Duration
    private var exchanges: [UnsafeMutableRawPointer: Exchange] = [:]
    private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]
    private var waiting: [Waiting] = []
    private var stopping: [OneAnswer<Void>] = []
    private var isStopping = false

    /// Once for the process (libcurl: `curl_global_init`), before any other call.
    private static let globalInit = {
        _ = Digest.library
        return curl_global_init_default()
    }()

    /// Starts a thread that serves the inbox until it is told to stop, `limit` requests at once.
    static func start(named name: String, inbox: TransferInbox, limit: Int, patience: Duration) {
        startThread(named: name) {
            guard globalInit == CURLE_OK, let multi = curl_multi_init() else {
                return refuse(inbox, "libcurl could not be started")
            }
            let loop = TransferLoop(inbox: inbox, multi: multi, limit: limit, patience: patience)
            for waiting in loop.run() { waiting.answer(()) }
        }
    }

    /// Ends the service before it began: everything asked is answered with an error.
    private static func refuse(_ inbox: TransferInbox, _ detail: String) {
        for command in inbox.close() {
            switch command {
            case .start(let ticket, let request, _):
                ticket.answer(.failure(.init(.other, url: request.url, detail: detail)))
            case .cancel: break
            case .stop(let waiting): waiting?.answer(())
            }
        }
    }

    private init(inbox: TransferInbox, multi: UnsafeMutableRawPointer, limit: Int, patience: Duration) {
        self.inbox = inbox
        self.multi = multi
        self.limit = limit
        self.patience = patience
        // Idle connections to keep, over all hosts.
        _ = curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, 16)
    }

    /// Serves until told to stop; returns who waits for that.
    private func run() -> [OneAnswer<Void>] {
        inbox.open(sleeper: UInt(bitPattern: multi))
        while !isStopping {
            for command in inbox.take() { handle(command) }
            if isStopping { break }
            admit()
            drive()
            finishCompleted()
            sleep(until: seeToTime())
        }
        for command in inbox.close() { handle(command) }
        for pending in waiting { pending.ticket.answer(.failure(.stopped(pending.request))) }
        for (_, exchange) in exchanges { endEarly(exchange, .failure(.stopped(exchange.request))) }
        _ = curl_multi_cleanup(multi)
        return stopping
    }

    private func handle(_ command: TransferInbox.Command) {
        switch command {
        case .start(let ticket, let request, let files):
            if isStopping { return ticket.answer(.failure(.stopped(request))) }
            let deadline = MonotonicTime.now + request.timeout
            waiting.append(Waiting(ticket: ticket, request: request, files: files, deadline: deadline))
        case .cancel(let ticket):
            if let handle = handles[ObjectIdentifier(ticket)], let exchange = exchanges[handle] {
                endEarly(exchange, .failure(.cancelled(request: exchange.request, wasSent: exchange.wasSent)))
            }
        case .stop(let waiting):
            isStopping = true
            if let waiting { stopping.append(waiting) }
        }
    }

    /// Begins the requests that wait, in their order, as far as there is room. Drops those that were cancelled.
    private func admit() {
        waiting.removeAll { $0.ticket.isAnswered }
        while !waiting.isEmpty, exchanges.count < limit || makeRoom() {
            begin(waiting.removeFirst())
        }
    }

    /// Ends the oldest request if it had its time: many receivers that hang, with long time-outs, must not keep requests
    /// from receivers that are well.
    private func makeRoom() -> Bool {
        guard let oldest = exchanges.values.min(by: { $0.began < $1.began }),
            oldest.began + patience <= MonotonicTime.now
        else { return false }
        let detail =
            "there was no answer for \(patience.components.seconds) s, and \(limit) requests are under way, with "
            + "others waiting"
        endEarly(
            oldest,
            .failure(.init(.overloaded, url: oldest.request.url, detail: detail, wasSent: oldest.wasSent)))
        return true
    }

    private func begin(_ pending: Waiting) {
        let request = pending.request
        do throws(TransferError) {
            if let problem = HangingLookups.shared.problem(of: request) {
                throw TransferError(.resolve, url: request.url, detail: problem)
            }
            let exchange = try Exchange(request, pending.ticket, pending.files)
            let status = curl_multi_add_handle(multi, exchange.handle)
            guard status == CURLM_OK else {
                let detail = String(cString: curl_multi_strerror(status))
                throw TransferError(.other, url: request.url, detail: detail)
            }
            pending.ticket.begin()
            exchanges[exchange.handle] = exchange
            handles[ObjectIdentifier(pending.ticket)] = exchange.handle
        } catch {
            pending.ticket.answer(.failure(error))
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
            if result == CURLE_OPERATION_TIMEDOUT, exchange.isLookingUp {
                HangingLookups.shared.leftBehind(exchange.request)
            }
            end(exchange, exchange.outcome(result))
        }
    }

    /// Ends answers whose body has had its time, and requests that have waited too long. Returns when to look again.
    private func seeToTime() -> MonotonicTime? {
        let now = MonotonicTime.now
        var next: MonotonicTime?
        func look(at moment: MonotonicTime) { next = next.map { min($0, moment) } ?? moment }
        for exchange in exchanges.values {
            guard let deadline = exchange.bodyDeadline else { continue }
            if deadline <= now { end(exchange, exchange.headerAlone) } else { look(at: deadline) }
        }
        guard !waiting.isEmpty else { return next }
        waiting.removeAll { pending in
            guard pending.deadline <= now else { return false }
            let detail = "\(limit) requests are under way, and this one did not get its turn"
            pending.ticket.answer(.failure(.init(.overloaded, url: pending.request.url, detail: detail)))
            return true
        }
        for pending in waiting { look(at: pending.deadline) }
        if exchanges.count < limit { return now }
        if let oldest = exchanges.values.map(\.began).min() { look(at: oldest + patience) }
        return next
    }

    /// Sleeps until a socket, one of libcurl's timers or `TransferInbox.send` wants something, or until then.
    private func sleep(until moment: MonotonicTime?) {
        let status = curl_multi_poll(multi, nil, 0, moment?.millisecondsLeft ?? .max, nil)
        guard status != CURLM_OK else { return }
        failAll(status)
        // A poll that cannot sleep must not become a loop that never does.
        usleep(100_000)
    }

    private func failAll(_ status: CURLMcode) {
        let detail = String(cString: curl_multi_strerror(status))
        for (_, exchange) in exchanges {
            endEarly(
                exchange,
                .failure(.init(.other, url: exchange.request.url, detail: detail, wasSent: exchange.wasSent)))
        }
    }

    /// A look-up that takes longer will hardly return soon.
    private static let longLookUp = Duration.seconds(1)

    /// Ends an exchange that libcurl is not done with. Its look-up, if that is under way, is left behind.
    private func endEarly(_ exchange: Exchange, _ outcome: TransferOutcome) {
        if exchange.isLookingUp, exchange.began + Self.longLookUp <= .now {
            HangingLookups.shared.leftBehind(exchange.request)
        }
        end(exchange, outcome)
    }

    private func end(_ exchange: Exchange, _ outcome: TransferOutcome) {
        _ = curl_multi_remove_handle(multi, exchange.handle)
        exchanges[exchange.handle] = nil
        handles[ObjectIdentifier(exchange.ticket)] = nil
        exchange.ticket.answer(outcome)
    }
}
