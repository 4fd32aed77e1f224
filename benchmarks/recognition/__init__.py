"""Does the default encoder know what it sees in a furnished apartment?"""
