import Telemetry
import TestServers
import Testing

@testable import Publishers

@Suite struct AttributeMemoryTests {
    private let key = AttributeMemory.key(type: "instance", id: "a")

    private func begin(_ memory: inout AttributeMemory, _ keys: [UInt64], _ time: Timestamp) -> Bool {
        memory.begin(keys, at: time, now: time)
    }

    private func at(_ minute: Int64) -> Timestamp { Timestamp(seconds: 60 * minute) }

    @Test func remembersWhatWasSet() {
        var memory = AttributeMemory()
        #expect(begin(&memory, [key], at(1)) == true)
        #expect(!memory.knows(7, of: key))
        memory.learn(7, of: key)
        for minute in 2..<100 {
            #expect(begin(&memory, [key], at(Int64(minute))) == true)
            #expect(memory.knows(7, of: key))
        }
        #expect(!memory.knows(8, of: key))
        memory.forget(key)
        #expect(!memory.knows(7, of: key))
    }

    /// An instance that was away may have been on another host, whose agent has set attributes, too.
    @Test func forgetsWhoWasGone() {
        var memory = AttributeMemory()
        let other = AttributeMemory.key(type: "instance", id: "b")
        for minute in 1...5 {
            _ = memory.begin([key, other], at: at(Int64(minute)), now: at(Int64(minute)))
            memory.learn(7, of: key)
        }
        for minute in 6...7 { _ = memory.begin([other], at: at(Int64(minute)), now: at(Int64(minute))) }
        _ = memory.begin([key, other], at: at(8), now: at(8))
        #expect(memory.knows(7, of: key))
        for minute in 9...20 { _ = memory.begin([other], at: at(Int64(minute)), now: at(Int64(minute))) }
        #expect(memory.entries[key] == nil)
        _ = memory.begin([key, other], at: at(21), now: at(21))
        #expect(!memory.knows(7, of: key))
    }

    /// What is polled every tenth time is not gone in between.
    @Test func slowTasksAreNotGone() {
        var memory = AttributeMemory()
        let fast = AttributeMemory.key(type: "instance", id: "fast")
        var forgotten = 0
        for minute in 1...200 {
            _ = begin(&memory, minute % 10 == 0 ? [fast, key] : [fast], at(Int64(minute)))
            if minute % 10 == 0 {
                if !memory.knows(7, of: key) { forgotten += 1 }
                memory.learn(7, of: key)
            }
        }
        #expect(forgotten == 1)
    }

    @Test func outdatedPayloadsSayNothing() {
        var memory = AttributeMemory()
        #expect(begin(&memory, [key], at(5)) == true)
        #expect(begin(&memory, [key], at(5)) == true)
        let isNew = memory.begin([key], at: at(4), now: at(5))
        #expect(!isNew)
    }

    @Test func isKept() async throws {
        let folder = try TemporaryFolder()
        let file = AttributeFile(directory: folder.path(""), identity: "gnocchi+http://h:80")
        #expect(await file.load() == AttributeMemory())
        var memory = AttributeMemory()
        for minute in 1...3 { _ = memory.begin([key], at: at(Int64(minute)), now: at(Int64(minute))) }
        memory.learn(7, of: key)
        try await file.save(memory)
        var loaded = await file.load()
        #expect(loaded.knows(7, of: key))
        #expect(begin(&loaded, [key], at(1)) == true)
        #expect(loaded.knows(7, of: key))
    }

    /// A file that is cut, or of which any byte has changed, is none.
    @Test func damagedFilesAreNone() {
        var memory = AttributeMemory()
        _ = memory.begin([key], at: at(1), now: at(1))
        memory.learn(7, of: key)
        let bytes = AttributeFile.encode(memory)
        #expect(AttributeFile.decode(bytes)?.knows(7, of: key) == true)
        for index in bytes.indices {
            #expect(AttributeFile.decode(Array(bytes[..<index])) == nil)
            var changed = bytes
            changed[index] ^= 0x10
            #expect(AttributeFile.decode(changed) == nil)
        }
    }

    @Test func aDirectoryThatCannotBeWrittenIsTold() async {
        let file = AttributeFile(directory: "/nonexistent/aerostat", identity: "x")
        await #expect(throws: AttributeFile.Failure.self) { try await file.save(AttributeMemory()) }
    }

    /// A clock that was ahead for a moment must not make everything after it old.
    @Test func aClockThatWasAhead() {
        var memory = AttributeMemory()
        var isNew: [Bool] = []
        for (sampled, now) in [(1, 1), (11_520, 11_520), (2, 2), (1, 2), (3, 3)] {
            isNew.append(memory.begin([key], at: at(Int64(sampled)), now: at(Int64(now))))
        }
        // The fourth is one that was retried: older than the third, by a clock that is right again.
        #expect(isNew == [true, true, true, false, true])
    }
}
