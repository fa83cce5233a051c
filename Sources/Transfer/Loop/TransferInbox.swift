import CLibcurl
import Synchronization

/// What tasks ask of the loop's thread. It is the only thing that both sides touch.
final class TransferInbox: Sendable {
    enum Command: Sendable {
        case start(TransferTicket, TransferRequest, TLSFiles.Contents)
        case cancel(TransferTicket)
        case stop(OneAnswer<Void>?)
    }

    private struct State {
        var commands: [Command] = []
        /// The multi handle's address while it lives. A number, because nothing may be done with the handle from other
        /// threads but `curl_multi_wakeup`, and that only under the lock under which `close` removes it.
        var sleeper: UInt?
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Hands a command over and wakes the loop. False if the loop has ended: then nobody will see the command.
    @discardableResult
    func send(_ command: Command) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.commands.append(command)
            if let multi = state.sleeper.flatMap(UnsafeMutableRawPointer.init(bitPattern:)) {
                // Fails only on an invalid handle or a full pipe; a full pipe wakes, too.
                _ = curl_multi_wakeup(multi)
            }
            return true
        }
    }

    /// Lets `send` wake this multi handle from now on.
    func open(sleeper: UInt) {
        state.withLock { $0.sleeper = sleeper }
    }

    /// All commands that came since the last call, in order.
    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Takes no more commands, and wakes nobody any more. Returns those that are left.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            state.sleeper = nil
            defer { state.commands = [] }
            return state.commands
        }
    }
}
