extension DomainStats {
    /// Takes in one parameter of a bulk statistics call; unknown names and values of the wrong type are passed over.
    /// Names are those of `virConnectGetAllDomainStats`.
    public mutating func set(_ name: UnsafeBufferPointer<UInt8>, _ value: StatisticValue) {
        var name = StatisticName(name)
        if name.skip("balloon.") {
            balloon.set(name, value)
        } else if name.skip("vcpu.") {
            setVCPU(name, value)
        } else if name.skip("block.") {
            guard let index = name.skipIndex() else { return }
            if blocks.last?.index != index { blocks.append(Block(index: index)) }
            blocks[blocks.count - 1].set(name, value)
        } else if name.skip("net.") {
            guard let index = name.skipIndex() else { return }
            if interfaces.last?.index != index { interfaces.append(Interface(index: index)) }
            interfaces[interfaces.count - 1].set(name, value)
        } else if name.isRest("state.state") {
            state = value.whole
        } else if name.isRest("cpu.time") {
            cpuTime = value.whole
        } else if name.skip("perf.") {
            perf.set(name, value)
        }
    }

    /// Takes in one parameter by its name.
    public mutating func set(_ name: String, _ value: StatisticValue) {
        var name = name
        name.withUTF8 { set($0, value) }
    }

    private mutating func setVCPU(_ name: StatisticName, _ value: StatisticValue) {
        var name = name
        if name.isRest("current") {
            vcpuCurrent = value.whole
        } else if name.isRest("maximum") {
            vcpuMaximum = value.whole
        } else if let index = name.skipIndex() {
            if vcpus.last?.index != index { vcpus.append(VCPU(index: index)) }
            if name.isRest("time") {
                vcpus[vcpus.count - 1].time = value.whole
            } else if name.isRest("wait") {
                vcpus[vcpus.count - 1].wait = value.whole
            }
        }
    }
}

extension DomainStats.Balloon {
    fileprivate mutating func set(_ name: StatisticName, _ value: StatisticValue) {
        if name.isRest("current") {
            current = value.whole
        } else if name.isRest("maximum") {
            maximum = value.whole
        } else if name.isRest("available") {
            available = value.whole
        } else if name.isRest("usable") {
            usable = value.whole
        } else if name.isRest("unused") {
            unused = value.whole
        } else if name.isRest("rss") {
            resident = value.whole
        } else if name.isRest("last-update") {
            lastUpdate = value.whole
        } else if name.isRest("swap_in") {
            swapIn = value.whole
        } else if name.isRest("swap_out") {
            swapOut = value.whole
        }
    }
}

extension DomainStats.Block {
    fileprivate mutating func set(_ name: StatisticName, _ value: StatisticValue) {
        if name.isRest("name") {
            if case .string(let text) = value { self.name = text }
        } else if name.isRest("rd.reqs") {
            readRequests = value.whole
        } else if name.isRest("rd.bytes") {
            readBytes = value.whole
        } else if name.isRest("rd.times") {
            readTime = value.whole
        } else if name.isRest("wr.reqs") {
            writeRequests = value.whole
        } else if name.isRest("wr.bytes") {
            writeBytes = value.whole
        } else if name.isRest("wr.times") {
            writeTime = value.whole
        } else if name.isRest("capacity") {
            capacity = value.whole
        } else if name.isRest("allocation") {
            allocation = value.whole
        } else if name.isRest("physical") {
            physical = value.whole
        } else if name.isRest("path") {
            if case .string(let text) = value { path = text }
        }
    }
}

extension DomainStats.Interface {
    fileprivate mutating func set(_ name: StatisticName, _ value: StatisticValue) {
        if name.isRest("name") {
            if case .string(let text) = value { self.name = text }
        } else if name.isRest("rx.bytes") {
            receivedBytes = value.whole
        } else if name.isRest("rx.pkts") {
            receivedPackets = value.whole
        } else if name.isRest("rx.errs") {
            receiveErrors = value.whole
        } else if name.isRest("rx.drop") {
            receiveDrops = value.whole
        } else if name.isRest("tx.bytes") {
            sentBytes = value.whole
        } else if name.isRest("tx.pkts") {
            sentPackets = value.whole
        } else if name.isRest("tx.errs") {
            sendErrors = value.whole
        } else if name.isRest("tx.drop") {
            sendDrops = value.whole
        }
    }
}

extension DomainStats.Perf {
    fileprivate mutating func set(_ name: StatisticName, _ value: StatisticValue) {
        if name.isRest("cpu_cycles") {
            cpuCycles = value.whole
        } else if name.isRest("instructions") {
            instructions = value.whole
        } else if name.isRest("cache_references") {
            cacheReferences = value.whole
        } else if name.isRest("cache_misses") {
            cacheMisses = value.whole
        }
    }
}
