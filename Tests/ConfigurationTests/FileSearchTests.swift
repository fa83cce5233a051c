import Testing

@testable import Configuration

/// What may not be read is not taken for missing.
@Suite struct FileSearchTests {
    private func load(_ files: MemoryFiles, _ sources: SettingsRequest.Source...) -> Settings.Loaded {
        Settings.load(SettingsRequest(sources: sources, environment: .test()), files: files)
    }

    @Test func aClosedDirectoryIsAnErrorThatNamesIt() {
        var files = MemoryFiles(["/etc/ceilometer/ceilometer.conf": "[DEFAULT]\nhost = h\n"])
        files.closed = ["/etc/ceilometer"]
        let loaded = load(files)
        #expect(loaded.settings == nil)
        #expect(loaded.told == ["error: /etc/ceilometer: permission denied; knock"])
    }

    @Test func aHomeThatBelongsToAnotherUserIsPassedOver() throws {
        var files = MemoryFiles(["/etc/ceilometer/ceilometer.conf": "[DEFAULT]\nhost = h\n"])
        files.closed = ["/home/u", "/home/u/.ceilometer"]
        let loaded = load(files)
        #expect(loaded.settings?.host == "h", "\(loaded.told)")
        #expect(loaded.told.isEmpty)
        #expect(try loaded.search.find("polling.yaml") == nil)
        #expect(
            loaded.search.places(of: "polling.yaml").hasSuffix(
                "/home/u/.ceilometer (permission denied), /home/u (permission denied), /etc"))
    }

    @Test func besideANamedFileItIsAWarning() throws {
        var files = MemoryFiles(["d/c.conf": "[DEFAULT]\nhost = h\n", "d/polling.yaml": ""])
        files.closed = ["/etc/ceilometer"]
        let loaded = load(files, .file("d/c.conf"))
        #expect(loaded.settings?.host == "h")
        #expect(loaded.told == ["warning: /etc/ceilometer: permission denied; knock"])
        // What stands before the closed directory is found; what may stand in it is not taken for missing.
        #expect(try loaded.search.find("polling.yaml") == "d/polling.yaml")
        #expect(throws: FileAccessError("/etc/ceilometer", .permissionDenied, remedy: "knock")) {
            try loaded.search.find("pipeline.yaml")
        }
        #expect(throws: FileAccessError.self) { try loaded.search.find("/etc/ceilometer/x.yaml") }
    }

    @Test(
        arguments: [
            ("[service_credentials]\npassword = hunter2\n", "f0:2:12"),
            ("[DEFAULT]\ntransport_url = rabbit://u:hunter2@h\n", "f0:2:17"),
            ("[publisher]\ntelemetry_secret = hunter2\n", "f0:2:20"),
            ("[service_credentials]\npassword =\n[publisher]\ntelemetry_secret = change this for valid signing\n", nil),
            ("[DEFAULT]\nhost = h\n", nil),
        ])
    func aPasswordThatEverybodyCanReadIsWarnedAbout(text: String, place: String?) {
        var files = MemoryFiles(["f0": text])
        #expect(!load(files, .file("f0")).told.contains { $0.contains("every user") })
        files.exposed = ["f0"]
        let told = load(files, .file("f0")).told.filter { $0.contains("every user") }
        #expect(
            told
                == (place.map {
                    [
                        "\($0): warning: every user of this host can read this password (mode 0644); close the file: chmod o= f0"
                    ]
                } ?? []))
    }
}
