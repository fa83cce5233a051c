import Hypervisor
import Testing

/// A description comes back as it was put in, whatever it was compressed by.
@Suite struct DomainTests {
    @Test func descriptionsComeBack() throws {
        var random = SystemRandomNumberGenerator()
        let tags = [
            "<domain type='kvm'>", "<name>", "</name>", "\u{1F388}", "<uuid>6e7c", "0", "7", "f", "\n  ", "\u{0}",
        ]
        func text(_ length: Int) -> String {
            (0..<length).map { _ in tags[Int.random(in: 0..<tags.count, using: &random)] }.joined()
        }
        for length in [0, 1, 2, 50, 2000, 40_000] {
            let xml = text(length)
            for model in [nil, "", "<domain", xml, xml + text(20), text(length), text(30_000)] {
                let domain = Domain(
                    uuid: "a", name: "n", id: 1, xml: xml, like: model.map { DescriptionModel($0) })
                #expect(domain.xml == xml, "\(length) like \(model?.utf8.count ?? -1)")
            }
        }
    }
}
