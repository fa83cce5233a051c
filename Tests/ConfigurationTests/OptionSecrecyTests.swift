import Testing

@testable import Configuration

/// No diagnostic shows a secret, however a file mixes it with what may be shown.
@Suite struct OptionSecrecyTests {
    private static let url = "transport_url = rabbit://u:hunter2@h\n"

    @Test(arguments: [
        ("[DEFAULT]\ndebug = $transport_url\n\(url)", "[DEFAULT] debug: expected true or false"),
        ("[DEFAULT]\ndebug = ${transport_url}\n\(url)", "it comes from other options"),
        ("[polling]\nbatch_size = 1$transport_url\n[DEFAULT]\n\(url)", "[polling] batch_size: expected an integer;"),
        (
            "[DEFAULT]\nlibvirt_type = $publisher.telemetry_secret\n[publisher]\ntelemetry_secret = hunter2",
            "[DEFAULT] libvirt_type: expected one of kvm, lxc, qemu, parallels; the value is not shown"
        ),
        ("[DEFAULT]\nlibvirt_type = $cache.secret\n[cache]\nsecret = kvmhunter2", "it comes from other options"),
        ("[DEFAULT]\nlibvirt_type = esx://root:hunter2@h/", "parallels; the value is not shown because it may hold a"),
        ("[DEFAULT]\nlibvirt_type = ESX://root:hunter2@h/?x=@", "it may hold a password"),
        ("[DEFAULT]\nlibvirt_type = esx://hunter2@h/", "it may hold a password"),
        ("[DEFAULT]\nlibvirt_type = esx://root:hun$$hunter2@h/", "it may hold a password"),
        (
            "[aerostat]\nstatus_listen = http://u:hunter2@h:1/",
            "[aerostat] status_listen: expected host:port, with an IPv6 address in [], or nothing; the value is not"
        ),
        ("[aerostat]\nstatus_listen = u:hunter2@h:1", "it may hold a password"),
        ("[aerostat]\nlog_level = x\n  http://u:hunter2@h:1/", "it may hold a password"),
        (
            "[DEFAULT]\nsample_source = $transport_url\ntransport_url = rabbit://u:hun$hunter2@h\n",
            "it refers to [DEFAULT] transport_url (f0:3:17), in which a $ is followed by no option that has a value"
        ),
        (
            "[DEFAULT]\nsample_source = $transport_url\ntransport_url = rabbit://u:hun$hunter2.x@h\n",
            "write $$ for a plain $"
        ),
        (
            "[DEFAULT]\nsample_source = $cache.a\n[cache]\na = $b\nb = x$hunter2\n",
            "it refers to [cache] b (f0:5:5), in which"
        ),
        (
            "[DEFAULT]\nlibvirt_uri = esx://root:hun$hunter2@h/",
            "[DEFAULT] libvirt_uri: a $ is followed by no option that has a value; write $$ for a plain $"
        ),
        ("[publisher]\ntelemetry_secret = hunter2$hunter3\n", "telemetry_secret: a $ is followed by no option"),
    ])
    func theErrorSaysAllButTheSecret(text: String, expected: String) {
        let loaded = Settings.loaded(text)
        #expect(loaded.settings == nil)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.allSatisfy { $0.contains(expected) && !$0.contains("hunter") }, "\(loaded.told)")
    }

    /// The password `$log_dir` ends in an option's name that this program knows, and `$hots` in nearly one.
    @Test(arguments: ["$log_dir", "$hots", "$polling.batchsize", "$host.hunter"])
    func theHintDoesNotTellEither(password: String) {
        let loaded = Settings.loaded(
            "[DEFAULT]\nsample_source = $transport_url\ntransport_url = rabbit://u:\(password)@h\n")
        #expect(loaded.told.count == 1)
        #expect(
            loaded.told.allSatisfy { told in
                !["log_dir", "hots", "did you mean", "batch", "hunter"].contains(where: told.contains)
            }, "\(loaded.told)")
    }

    @Test func noHintTellsAValueThatComesFromElsewhere() {
        let loaded = Settings.loaded("[DEFAULT]\nlibvirt_type = $cache.a\n[cache]\na = kvn\n")
        #expect(loaded.told.count == 1)
        #expect(loaded.told.allSatisfy { !$0.contains("kvn") && !$0.contains("mean") })
    }

    @Test func theEnvironmentIsNoLessSecret() {
        let loaded = Settings.loaded(
            "[DEFAULT]\nsample_source = $transport_url\n",
            environment: [
                "OS_DEFAULT__TRANSPORT_URL": "rabbit://u:$hunter2@h", "OS_DEFAULT__DEBUG": "http://u:hunter2@h",
            ])
        #expect(loaded.told.count == 2)
        #expect(loaded.told.allSatisfy { !$0.contains("hunter2") })
        #expect(loaded.told.contains { $0.contains("(environment variable OS_DEFAULT__TRANSPORT_URL), in which") })
    }

    @Test(arguments: [
        ("qemu:///system", "not 'qemu:///system'"), ("a@b", "not 'a@b'"), ("@b:c", "not '@b:c'"),
        ("a$$b", "not 'a$b'"), ("kvn", "not 'kvn'; did you mean kvm?"),
    ])
    func whatCannotBeASecretIsShown(value: String, expected: String) {
        let loaded = Settings.loaded("[DEFAULT]\nlibvirt_type = \(value)\n")
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.hasSuffix(expected) == true, "\(loaded.told)")
    }

    /// Settings may be logged or dumped by anyone.
    @Test func settingsDoNotShowTheSecret() throws {
        let settings = try #require(Settings.loaded("[publisher]\ntelemetry_secret = hunter2\n").settings)
        #expect(settings.telemetrySecret.value == "hunter2")
        var dumped = ""
        dump(settings, to: &dumped)
        let secret = settings.telemetrySecret
        var alone = ""
        dump([secret: Optional(secret)], to: &alone)
        for text in [
            dumped, alone, "\(settings)", "\(secret)", String(reflecting: secret), String(describing: [secret]),
        ] {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("***"))
        }
        #expect(dumped.contains("compute-1"))
    }

    @Test(arguments: [("", true), ("telemetry_secret =\n", true), ("telemetry_secret = hunter2\n", false)])
    func aSecretThatEverybodyKnowsIsTold(text: String, isKnown: Bool) throws {
        let settings = try #require(Settings.loaded("[publisher]\n\(text)").settings)
        #expect(settings.isTelemetrySecretKnown == isKnown)
    }
}
