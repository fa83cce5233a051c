import Configuration
import Foundation
import Outbox
import Telemetry
import Testing

@testable import Publishers

/// Signatures that Ceilometer 27.0.0 made (`ceilometer.publisher.utils.meter_message_from_counter`).
@Suite struct MessageSignatureTests {
    struct Case: CustomTestStringConvertible {
        let name: String
        let secret: String
        let message: MetadataValue
        /// Names and values in the order in which they are signed; `nil` for what is not.
        let pairs: [MetadataValue]?
        let signature: String

        var testDescription: String { name }

        static func all() throws -> [Case] {
            try ["message_signature", "more-message_signature"].flatMap { file in
                let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(file).json")
                return try OrderedJSON.parse(Array(Data(contentsOf: url))).elements.enumerated().map { index, value in
                    let message = try #require(value["message"])
                    return Case(
                        name: value["case"]?.text ?? "\(file) \(index)", secret: try #require(value["secret"]?.text),
                        message: message, pairs: value["hmac_input_pairs"]?.elements,
                        signature: try #require(message["message_signature"]?.text))
                }
            }
        }
    }

    @Test func thereAreDozens() throws {
        let cases = try Case.all()
        #expect(cases.count == 86)
        #expect(Set(cases.map(\.secret)).count >= 10)
    }

    @Test(arguments: try Case.all())
    func equalsCeilometers(recorded: Case) throws {
        let signature = MessageSignature(secret: Secret(recorded.secret))
        let message = try MeterMessage(recorded.message)
        #expect(signature.hexadecimal(of: message) == recorded.signature)
        guard let pairs = recorded.pairs, !pairs.isEmpty else { return }
        let text = pairs.flatMap(\.elements).compactMap(\.text).joined()
        #expect(String(decoding: message.signedText.bytes, as: UTF8.self) == text)
    }

    /// A sample is signed as the message that Ceilometer makes of it.
    @Test(arguments: try Case.all())
    func aSampleIsSignedAsItsMessage(recorded: Case) throws {
        guard recorded.message["publisher_id"] == nil, recorded.message["monotonic_time"] == .null else { return }
        let message = MeterMessage(try Sample(golden: recorded.message.withObjectNames))
        #expect(MessageSignature(secret: Secret(recorded.secret)).hexadecimal(of: message) == recorded.signature)
    }

    /// Whoever gets an object can prove it: five names differ from the message's.
    @Test(arguments: [
        "http://h/p?signature=true", "http://h/p?signature=1&batch=false", "file:///tmp/x?json&signature=on",
    ])
    func theReceiverCanProveIt(url: String) throws {
        let publisher = try #require(Make.publisher(url).publisher)
        let metadata: [MetadataValue.Field] = [
            .init("display_name", .string("Zürich-😀")), .init("list", .array([.string("é"), .real(0.5)])),
            .init("flavor", .object([.init("id", .string("2")), .init("extra_specs", .object([]))])),
        ]
        let volumes: [Volume] = [.integer(1 << 62), .real(517.578125), .real(1e16), .real(-0.0)]
        let samples = volumes.enumerated().map { Make.sample($0.offset, volume: $0.element, metadata: metadata) }
        let objects = try publisher.payloads(for: samples).flatMap { payload in
            try payload.body.split(separator: UInt8(ascii: "\n")).flatMap { line -> [MetadataValue] in
                let value = try OrderedJSON.parse(Array(line))
                return if case .array(let elements) = value { elements } else { [value] }
            }
        }
        #expect(objects.count == samples.count)
        for object in objects {
            #expect(object.fields.last?.name == "message_signature")
            #expect(try object.isProven(by: "s3cret"))
            #expect(try !object.isProven(by: "s3cre"))
            for field in object.fields where field.name != "message_signature" {
                let forged = object.fields.map { $0.name == field.name ? .init($0.name, .string("forged")) : $0 }
                #expect(try !MetadataValue.object(forged).isProven(by: "s3cret"), "\(field.name)")
            }
        }
    }

    @Test(arguments: [
        "http://h/p", "http://h/p?signature=false", "file:///tmp/x?json", "file:///tmp/x?json&signature=0",
    ])
    func nothingIsSignedUnasked(url: String) throws {
        let publisher = try #require(Make.publisher(url).publisher)
        let text = publisher.payloads(for: Make.samples(2)).map { String(decoding: $0.body, as: UTF8.self) }.joined()
        #expect(text.contains("monotonic_time"))
        #expect(!text.contains("message_signature"))
    }

    @Test func theParameterIsNotSentAndNamesNoQueue() throws {
        let parameters = try Make.http("http://h/p?signature=true&a=b")
        #expect(parameters.target == "http://h/p?a=b")
        #expect(parameters.identity == (try Make.http("http://h/p?a=b").identity))
        #expect(PublisherFactory.signs("https://h/p?signature=yes"))
        #expect(!PublisherFactory.signs("https://h/p"))
        #expect(!PublisherFactory.signs("file:///tmp/x?signature=yes"))
        #expect(!PublisherFactory.signs("test://"))
    }

    @Test func whatIsMeantMustBeClear() {
        for url in ["http://h/p?signature=maybe", "file:///tmp/x?json&signature", "file:///tmp/x?json&signature="] {
            let made = Make.publisher(url)
            #expect(made.publisher == nil)
            #expect(made.diagnostics.contains { $0.description.contains("is neither true nor false") }, "\(url)")
        }
        let made = Make.publisher("file:///tmp/x?signature=true")
        #expect(made.publisher != nil)
        #expect(made.diagnostics.contains { $0.description.contains("signature has no effect without json") })
    }
}

extension MeterMessage {
    /// A message of Ceilometer's.
    fileprivate init(_ message: MetadataValue) throws {
        let volume: Volume =
            switch message["counter_volume"] {
            case .integer(let number)?: .integer(Int128(number))
            case .real(let number)?: .real(number)
            default: try #require(nil)
            }
        self.init(volume: volume, fields: message.fields.filter { $0.name != "counter_volume" })
    }
}

extension MetadataValue {
    private static let names = [
        ("name", "counter_name"), ("type", "counter_type"), ("unit", "counter_unit"), ("volume", "counter_volume"),
        ("id", "message_id"),
    ]

    /// A message under the names of the object that is posted.
    fileprivate var withObjectNames: MetadataValue {
        .object(fields.map { field in .init(Self.names.first { $0.1 == field.name }?.0 ?? field.name, field.value) })
    }

    /// What Ceilometer's `verify_signature` says of an object, under the names of a message.
    fileprivate func isProven(by secret: String) throws -> Bool {
        let message = MetadataValue.object(
            fields.map { field in .init(Self.names.first { $0.0 == field.name }?.1 ?? field.name, field.value) })
        switch message["counter_volume"] {
        case .integer?, .real?: break
        default: return false
        }
        return try message["message_signature"]?.text
            == MessageSignature(secret: Secret(secret)).hexadecimal(of: MeterMessage(message))
    }
}
