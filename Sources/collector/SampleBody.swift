import FoundationEssentials

/// A request's body: a JSON array of samples, or one sample.
struct SampleBody {
    /// The samples, in order.
    let samples: [ReceivedSample]
    /// The same samples byte for byte as they came, one a line, each line ending in a newline.
    let lines: [UInt8]

    /// Reads a body. Throws `MalformedBody` that says in one line what is wrong with which sample.
    init(_ body: [UInt8]) throws(MalformedBody) {
        let decoder = JSONDecoder()
        var samples: [ReceivedSample] = []
        var lines: [UInt8] = []
        lines.reserveCapacity(body.count + 16)
        for (index, element) in try JSONElements.split(body).enumerated() {
            do {
                samples.append(try decoder.decode(ReceivedSample.self, from: Data(element)))
            } catch let error as DecodingError {
                throw MalformedBody("sample \(index + 1): \(Self.describe(error))")
            } catch {
                throw MalformedBody("sample \(index + 1): \(error)")
            }
            // A line break between the parts of valid JSON is white space; within a string it cannot stand.
            lines.append(contentsOf: element.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
            lines.append(0x0A)
        }
        self.samples = samples
        self.lines = lines
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : "\(path): "
        }
        let text =
            switch error {
            case .keyNotFound(let key, let context): "\(place(context))\"\(key.stringValue)\" is missing"
            case .typeMismatch(let type, let context): "\(place(context))is no \(type)"
            case .valueNotFound(let type, let context): "\(place(context))is null, expected \(type)"
            case .dataCorrupted(let context): "\(place(context))\(context.debugDescription)"
            @unknown default: "\(error)"
            }
        return text.replacing("\n", with: " ")
    }
}

/// A body that is no JSON array of samples and no sample.
struct MalformedBody: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in one line.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
